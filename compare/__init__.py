"""How the comparison is measured and told: plan → worker → samples → statistics → tables, figures, report."""

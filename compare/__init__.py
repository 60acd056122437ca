"""How the comparison is measured and told: plan → worker → samples → statistics → tables, figures, report."""

if __name__ != "fairfit":  # found as a folder of a checkout: it would be a second copy
    raise ImportError("import fairfit, not compare: the folder of a checkout is no package of its own")

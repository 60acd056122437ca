"""How each framework trains the regression: one file a framework, the same sections in the same order."""

"""How each framework trains the regression: one file a framework, the same sections in the same order."""

if __name__ != "fairfit.frameworks":  # found as a folder of a checkout: it would be a second copy
    raise ImportError("import fairfit.frameworks, not frameworks: the folder of a checkout is no package of its own")

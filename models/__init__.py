"""What is trained, in no framework: specification, data, batch order and reference mathematics in float64."""

if __name__ != "fairfit.models":  # found as a folder of a checkout: it would be a second copy
    raise ImportError("import fairfit.models, not models: the folder of a checkout is no package of its own")

MODELS = ("linear", "softmax")  # here: whoever needs the names alone need not import NumPy

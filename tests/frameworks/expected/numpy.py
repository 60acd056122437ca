"""What is known of NumPy by hand."""

FENCED = "numpy"

DEFECTS = {"X2": True, "X6": True}
SECOND_SOFTMAX = "digits"

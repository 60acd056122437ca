"""The smallest run of the real commands: a spec that trains in microseconds, and how little of it is measured."""

QUICK = ["--frameworks", "numpy", "--quick"]

SPEC = """
model = "linear"
[data]
source = "synthetic-linear"
rows = 20
test_rows = 5
[training]
learning_rate = 0.1
epochs = 2
"""

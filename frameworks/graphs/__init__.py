"""The graph that each framework makes of a regression, as a list of operators."""

"""How each framework is extended: a layer, a loss, a gradient, an optimizer and a NumPy layer of one's own, tried for real."""

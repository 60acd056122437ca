"""Two processes train one model through each framework's own engine: whether they end where one process ends, and how fast."""

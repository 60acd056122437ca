"""What is trained, in no framework: specification, data, batch order and reference mathematics in float64."""

"""Model files that others made, read without the framework that wrote them: one dense layer, and nothing in a file is run.

`reading.read` is the one door. A format is one file here; it tells which tensors a file holds, and `dense` finds the layer
among them. No size that a file claims is believed before it is checked, no link out of a file is followed, nothing is written.
"""

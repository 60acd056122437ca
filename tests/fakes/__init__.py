"""Frameworks that misbehave on purpose; `rows` is what the parent needs of them, the rest is imported by workers alone."""

"""Tables of the user's own: reading, counting, preparing."""

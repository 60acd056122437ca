"""A fake that is installed but cannot be imported."""

raise ImportError("libmissing.so.1: cannot open shared object file")

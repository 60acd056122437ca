"""What can be measured of a framework's standing from what is installed: documentation, size, dependencies, start, shims."""

"""The transformations: one idea a file."""

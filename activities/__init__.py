"""One side effect each, safe to repeat."""

"""Files that people drop, made into articles."""

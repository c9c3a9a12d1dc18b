"""Who depends on whom: found, and kept as a map."""

"""Plain constructor calls: the only place that knows the real classes."""

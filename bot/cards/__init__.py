"""Cards: said once, drawn on every platform."""

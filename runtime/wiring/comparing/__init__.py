"""Deliveries and tables of both sides of a comparison, read within bounds and handed to the engines."""

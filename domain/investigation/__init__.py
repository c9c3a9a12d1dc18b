"""Incidents and why they happened: evidence, topology, diagnosis."""

"""Benchmarks anyone can run: each prints a table and writes figures as JSON."""

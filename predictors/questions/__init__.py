"""Kinds of question beside live feeds: outages, runs in batches, deliveries, units that wear out."""

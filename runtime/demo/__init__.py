"""Samples, feeds and targets made here, to try the house on."""

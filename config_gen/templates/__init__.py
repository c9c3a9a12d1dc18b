"""Kinds of feeds that many teams have: found by name, suggested from a sample."""

from config_gen.templates.shelf import all_templates, get_template, sample_bytes
from config_gen.templates.suggestion import Suggestion, suggest

__all__ = ["Suggestion", "all_templates", "get_template", "sample_bytes", "suggest"]

"""Validate a configuration: by itself, beside the other feeds, and against the version that is true now."""

from config_gen.rules.patching import apply_fix
from config_gen.rules.validation import COMPATIBILITY, all_rules, validate, validate_document

__all__ = ["COMPATIBILITY", "all_rules", "apply_fix", "validate", "validate_document"]

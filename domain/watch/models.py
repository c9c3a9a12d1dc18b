"""Names of models of failures: they tell when each was made, so that of two the newer is known."""

import re
from datetime import datetime

RULE = "elapsed-time rule"
"""What answers without a model."""
_MADE = re.compile(r"failures-\d{8}-\d{6}")


def version_of(made_at: datetime) -> str:
    """Return the name of a model that is made at a moment (UTC)."""
    return f"failures-{made_at:%Y%m%d-%H%M%S}"


def goes_back(before: str, after: str) -> bool:
    """Return whether a model that answers now is older than the one before it, or none at all.

    Of names that tell no moment nothing is known, but that a rule is less than a model.
    """
    if after == RULE or before == RULE:
        return after == RULE != before
    is_known = all(_MADE.fullmatch(name) for name in (before, after))
    return is_known and after < before

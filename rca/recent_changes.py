"""Whether somebody was changed just before the trouble began."""

from collections.abc import Sequence

from domain.investigation.evidence import Change

GRACE_SECONDS = 60.0
JUST_BEFORE_SECONDS = 600.0


def changed_just_before(
    service: str, changes: Sequence[Change], moment: float, seconds: float = JUST_BEFORE_SECONDS
) -> bool:
    """Return whether a change of a service took effect in the minutes before a moment, or with it."""
    return any(
        change.service == service and -GRACE_SECONDS <= moment - change.at <= seconds for change in changes
    )

"""Typed identifiers, so that swapping two arguments is a type error.

They are plain strings at run time: parse where text enters (`feed_name`), trust inside.
"""

import re
from typing import NewType

from domain.errors import BadInput

PersonId = NewType("PersonId", str)
TeamId = NewType("TeamId", str)
FeedName = NewType("FeedName", str)
RunId = NewType("RunId", str)
RequestId = NewType("RequestId", str)
ApprovalId = NewType("ApprovalId", str)
IncidentId = NewType("IncidentId", str)
AlertId = NewType("AlertId", str)
PlanId = NewType("PlanId", str)
ArticleId = NewType("ArticleId", str)
BlobId = NewType("BlobId", str)
PressId = NewType("PressId", str)

_FEED = re.compile(r"[a-z][a-z0-9_]{1,62}")
# Names that a file system, Git or Windows treats as something else.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "git", "head"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(10)}
)


def feed_name(text: str) -> FeedName:
    """Return the text as a feed name.

    Raises:
        BadInput: It is not 2 to 63 of a-z, 0-9 and _ beginning with a letter, or it is reserved.
    """
    if not _FEED.fullmatch(text) or text in _RESERVED:
        raise BadInput(
            f"bad feed name of {len(text)} characters",
            say="That can't be a feed's name.",
            next_step="Use 2 to 63 of a-z, 0-9 and _, beginning with a letter, such as fx_trades.",
        )
    return FeedName(text)

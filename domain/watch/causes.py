"""What a trouble is due to, in words that are equal whenever it comes back."""

import re

_UNDER_WAY = "the run under way"
_DAY = re.compile(r"\b\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?=\d)")
_WHICH_OF_TWO = re.compile(r"(?<=\d\d:\d\d) (?:[A-Z]{2,5}|[+-]\d{2,4})(?= [A-Z][\w+-]*/)")
"""An hour that comes twice, as clocks go back, is said with the short name of its zone."""
_SAID_BEFORE = (
    (" has been late since ", " is late since "),
    ("…% of ", "… % of "),
    ("…% smaller ", "… % smaller "),
    ("their usual time", "its usual time"),
    (_UNDER_WAY, "the running run"),
)


def cause_of(reason: str) -> str:
    """Return a reason without its numbers and days, so that it is the same tomorrow.

    Mutes and open alerts keep what this returned when they were made: sentences that read better today count
    as they were said before.
    """
    cause = re.sub(r"\d+(?:[.,]\d+)*", "…", re.sub(_WHICH_OF_TWO, "", re.sub(_DAY, "", reason)))
    for now, before in _SAID_BEFORE:
        cause = cause.replace(now, before)
    return cause[:120]


def cause_in_words(cause: str) -> str:
    """Return a cause as people read it today; one without words is a rise that nothing explains."""
    words = cause.replace("the running run", _UNDER_WAY).replace("…:…", "…")
    return words or "a rise without a reason"

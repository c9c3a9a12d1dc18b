"""What changes in a file's name from delivery to delivery: days, weeks, months, times, counters, identifiers.

A pattern that keeps a piece of the sample's own day never finds another file.
"""

import re

from config_gen.types.months import EVERYDAY_MONTH_WORDS, LONG_MONTH_WORDS, TELLING_MONTH_WORDS

_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[-_T. ]?\d\d[-_.:h]?\d\d(?:[-_.:m]?\d\d(?:\d{3})?)?Z?)?"
_NO_LETTER_BEFORE, _NO_LETTER_BEHIND = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_MOVING = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    rf"|{_YEAR}[-_. ]?{_MONTH}[-_. ]?{_DAY}{_CLOCK}(?!\d)"
    rf"|(?<!\d)\d{{1,2}}(?P<part>[-_. ])\d{{1,2}}(?P=part){_YEAR}(?!\d)"
    r"|(?<!\d)\d\d(?P<short>[-_.])\d\d(?P=short)\d\d(?!\d)"
    rf"|(?<!\d)(?:{_DAY}{_MONTH}|{_MONTH}{_DAY}){_YEAR}(?!\d)"
    rf"|{_NO_LETTER_BEFORE}(?:{_YEAR}[-_ ]?)?(?-i:(?:KW|CW|WK|Week|week)[-_ ]?\d\d?|W\d\d|Q[1-4]|H[12])"
    rf"(?:[-_ ]?(?:{_YEAR}|\d\d))?(?![^\W_])"
    # No month before a whole day of digits: that is a name, and the day moves by itself.
    rf"|{_NO_LETTER_BEFORE}(?:\d{{1,2}}[-_. ]?)?(?:{TELLING_MONTH_WORDS})[-_. ]?(?:\d{{1,2}}[-_., ]{{1,2}})?"
    rf"(?:{_YEAR}|\d\d)(?!\d|[-_. ]?{_MONTH}[-_. ]?{_DAY}(?!\d))"
    rf"|(?<=[-_. ])(?:{EVERYDAY_MONTH_WORDS})[-_. ]?{_YEAR}(?!\d|[-_. ]?{_MONTH}(?!\d))"
    rf"|{_YEAR}[-_. ]?(?:{TELLING_MONTH_WORDS}){_NO_LETTER_BEHIND}(?:[-_. ]?\d{{1,2}}(?!\d))?"
    rf"|{_YEAR}[-_.]?{_MONTH}(?!\d)"
    rf"|(?<![^\W_])D\d\d{_MONTH}{_DAY}(?:\.T\d{{6,7}})?(?!\d)",
    re.IGNORECASE,
)
_LONE_MONTH = re.compile(rf"{_NO_LETTER_BEFORE}(?:{LONG_MONTH_WORDS}){_NO_LETTER_BEHIND}", re.IGNORECASE)
_EXTENSIONS = re.compile(r"(?:\.\w{1,8})+$")
_LETTER = re.compile(r"[^\W\d_]")
_COUNTER = re.compile(r"(?<=[-_ ])\d{3,}(?=[-_. ])")
_COUNTER_BEHIND = re.compile(r"\*(?:[-_. ](?:\*|\d{1,6}(?=[-_. ]|$)))+")
_COPY = re.compile(r"(?: \(\d{1,3}\)| - (?:Copy|Kopie|Copie|Copia)(?: \(\d{1,3}\))?)(?=(?:\.\w{1,8}){0,3}$)")


def with_wildcards(name: str) -> str:
    """Return a file's name with `*` in place of what changes from delivery to delivery."""
    pattern = _COUNTER.sub("*", _without_moving(re.sub(r"[*?\[\]]", "?", name), "*"))
    return _COUNTER_BEHIND.sub("*", pattern)


def without_moments(name: str) -> str:
    """Return a name without the days, times and identifiers in it."""
    return _without_moving(name, " ")


def _without_moving(name: str, instead: str) -> str:
    """Return a name with other text for what moves; a month alone moves only beside other words."""
    moved = _MOVING.sub(instead, name)
    loose = _LONE_MONTH.sub(instead, moved)
    return loose if _LETTER.search(_EXTENSIONS.sub("", loose)) else moved


def without_copy_mark(file_name: str) -> str:
    """Return the name without what a browser or desktop puts behind a file that is there already."""
    return _COPY.sub("", file_name)

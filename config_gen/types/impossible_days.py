"""Keep 31 June, 30 February and a 366th day of most years out of what reads as a date."""

import calendar
import re
from collections.abc import Mapping

_DAY_AND_MONTH = re.compile(r"^(.*?)(?:%d(\D+)%m|%m(\D+)%d)")
_DIRECTIVE = re.compile(r"(%[A-Za-z])")


def no_such_day(pattern: str, parts: Mapping[str, str]) -> str:
    """Return a lookahead for such days, empty where day and month do not stand together as numbers.

    Args:
        pattern: A strptime pattern.
        parts: Regular expression by directive, for what stands before day and month.
    """
    found = _DAY_AND_MONTH.match(pattern)
    if found is None:
        return ""
    before = "".join(parts.get(part, re.escape(part)) for part in _DIRECTIVE.split(found[1]))
    join = re.escape(found[2] or found[3])
    if found[2] is not None:
        wrong = rf"3[01]{join}0?2(?!\d)|31{join}(?:0?[469]|11)(?!\d)"
    else:
        wrong = rf"0?2{join}3[01](?!\d)|(?:0?[469]|11){join}31(?!\d)"
    return f"(?!{before}(?:{wrong}))"


def has_no_such_day(text: str) -> bool:
    """Tell whether a year of four digits ends in a 366th day that it does not have.

    strptime reads it as the first of January after.
    """
    return text.endswith("366") and text[:4].isdecimal() and not calendar.isleap(int(text[:4]))

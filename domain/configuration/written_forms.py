"""Say how days and times are written in letters that people know: DD.MM.YYYY for `%d.%m.%Y`."""

import re

_DIRECTIVE = re.compile(r"%[YymdHIMSfpbBaAjzZ]")
_LETTERS = {
    "%Y": "YYYY",
    "%y": "YY",
    "%m": "MM",
    "%d": "DD",
    "%H": "hh",
    "%I": "hh",
    "%M": "mm",
    "%S": "ss",
    "%f": "ffffff",
    "%p": "AM/PM",
    "%b": "Mon",
    "%B": "Month",
    "%a": "Day",
    "%A": "Weekday",
    "%j": "DDD",
    "%z": "±hhmm",
    "%Z": "zone",
}


def as_people_write(text: str) -> str:
    """Return a text with the directives of every strptime pattern in it as letters."""
    return _DIRECTIVE.sub(lambda found: _LETTERS[found[0]], text)

"""Tell codes such as 29E2 from powers of ten: no program prints those so, and people only what they count."""

import re
from collections.abc import Mapping
from itertools import islice

from config_gen.types.names import says_code, says_identifier, says_number, words_of
from config_gen.types.wordlists import word_set

_GLANCE = 300
_BARE_POWER, _WRITTEN_BY_HAND = re.compile(r"\d+[eE]\d+"), re.compile(r"[1-9][eE]\d+")
_HAVE_CODES = word_set("part item sku article artikel articulo model material seat room bin slot well teil")


def powers_that_are_codes(counts: Mapping[str, int], name: str) -> str | None:
    """Return why powers of ten, alone or beside whole numbers, are codes; None where they may be numbers.

    Programs print a point or a sign there, and people write 2E5; but 1E3 among part numbers is a part.
    """
    seen = list(islice(counts, _GLANCE))
    powers = [value for value in seen if _BARE_POWER.fullmatch(value)]
    if not powers or not all(value.isdecimal() or _BARE_POWER.fullmatch(value) for value in seen):
        return None
    if not all(map(_WRITTEN_BY_HAND.fullmatch, powers)):
        return "no program prints numbers so"
    if says_code(name) or says_identifier(name) or _names_things(name):
        return f"“{name[:60]}” has codes"
    return None


def _names_things(name: str) -> bool:
    words = words_of(name)
    numbered = len(words) > 1 and words[-2] in _HAVE_CODES and says_number(name)
    return bool(words) and (words[-1] in _HAVE_CODES or numbered)

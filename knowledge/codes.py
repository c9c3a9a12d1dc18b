"""Tell a code that a question gives from those that an article lists: rows of some are no answer for another.

A row for EUR and one for GBP say nothing of JPY, and the meaning of AC04 is not that of AC09.
"""

import re

from knowledge.prepared import Prepared

_CODE = re.compile(r"(?<![\w.-])(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{2,8}(?:-[A-Z0-9]{1,8})?(?![\w.-])")
_CELL = re.compile(r"(?<=\|)[ \t*`_]*([A-Z0-9]{2,8}(?:-[A-Z0-9]{1,8})?)[ \t*`_]*(?=\|)")
_SHORTEST, _LEAST = 3, 2


def codes_in(text: str) -> frozenset[str]:
    """Return words such as JPY, AC04 and E-1017."""
    return frozenset(code for code in _CODE.findall(text[:1000]) if len(code) >= _SHORTEST)


def lacks_a_code(one: Prepared, asked: frozenset[str]) -> bool:
    """Tell whether an article lists codes of the shape that is asked for, and none of those asked for."""
    if not asked:
        return False
    text = f"{one.article.title}\n{one.article.text}"
    listed = [code for code in _CELL.findall(text) if any(map(str.isalpha, code))]
    for shape in {_shape(code) for code in asked}:
        alike = {code for code in listed if _shape(code) == shape}
        wanted = {code for code in asked if _shape(code) == shape}
        is_there = any(re.search(rf"(?<!\w){re.escape(code)}(?!\w)", text) for code in wanted)
        if len(alike) >= _LEAST and not is_there:
            return True
    return False


def _shape(code: str) -> str:
    return re.sub(r"[A-Z]", "A", re.sub(r"\d", "9", code))

"""Tell whether a line of a script holds a password: a literal behind its name, or an argument of a program.

A script stands on cards, in the approval and in its archive, so what is written into it is told to everybody.
Names of secrets, paths and what is filled in when it runs are no secrets.
"""

import re

from domain.text.placed_secrets import mask_placed
from domain.text.secret_shapes import NAMED, REFERENCE, TELLS

_SHORTEST = 6
_MASK = "•"
_LETTER = re.compile(r"[^\W\d_]")
_SIGN = re.compile(r"[\d!@#%^*+]")
_FILLED_IN = re.compile(
    r"[/$<{}()\[\]\\]|\A[A-Z][A-Z0-9_]*\Z|\A[a-z]+(?:[-_.][a-z0-9]+){1,6}\Z|\A[a-z][a-z0-9]{0,3}\.[a-z_]+\Z"
)
"""A path, an expression, `MY_TOKEN2`, `name-of-a-secret-2`, a column such as `t2.token`."""


def holds_written_secret(line: str, *, is_code: bool) -> bool:
    """Tell whether a line holds a password.

    Args:
        line: One line of a script.
        is_code: Only what stands in quotes is a literal; else a bare word behind `=` or `:` is one, too.
    """
    if mask_placed(line, line.lower(), _MASK, _is_literal) != line:
        return True
    for found in NAMED.finditer(line):
        value = found["quoted"] if found["quoted"] is not None else "" if is_code else found["plain"]
        if value and not REFERENCE.match(value) and _is_literal(value):
            return True
    return False


def _is_literal(value: str) -> bool:
    if len(value) < _SHORTEST or TELLS.fullmatch(value) or _FILLED_IN.search(value):
        return False
    return bool(_LETTER.search(value) and _SIGN.search(value))

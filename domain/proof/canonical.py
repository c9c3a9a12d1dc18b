"""One value, one byte string, one hash: independent of key order, process and database.

Only objects, lists, strings, integers, booleans and null have a canonical form. Floats are refused,
because two programs print them differently; write them as strings or scaled integers.
"""

import hashlib
import json
import re
from typing import Any

from domain.errors import BadInput

_LARGEST_INTEGER = 2**53
_SURROGATE = re.compile("[\ud800-\udfff]")


def canonical_bytes(value: Any) -> bytes:  # Any: the function exists to refuse what is not canonical
    """Return UTF-8 JSON with sorted keys and no spaces.

    Raises:
        BadInput: The value holds a float, an integer beyond 2**53, a key that is no string, or another type.
    """
    if not _is_canonical(value):
        _check(value, "$")
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(purpose: str, value: Any) -> str:
    """Return the hex SHA-256 of the canonical bytes, separated by purpose, e.g. `dogwatch/approval/1`."""
    return hashlib.sha256(purpose.encode() + b"\0" + canonical_bytes(value)).hexdigest()


def strict_loads(text: str | bytes) -> Any:
    """Parse JSON, refusing duplicate keys, floats, NaN and infinities.

    Raises:
        BadInput: The text is no JSON or has no canonical form.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise _refused(f"not canonical JSON: {type(error).__name__}") from error
    _check(value, "$")
    return value


def _is_canonical(value: Any) -> bool:
    """Tell quickly whether `_check` has nothing to say; subclasses of the plain types are left to it."""
    kind = type(value)
    if kind is str:
        return bool(value.isascii())
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_canonical(value[key]) for key in value)
    if kind is list:
        return all(map(_is_canonical, value))
    return value is None or kind is bool or (kind is int and abs(value) <= _LARGEST_INTEGER)


def _check(value: Any, place: str) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii() and _SURROGATE.search(value):
            raise _refused(f"lone surrogate at {place}")
    elif isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise _refused(f"integer too large at {place}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise _refused(f"key is no string at {place}")
            _check(key, place)
            _check(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            _check(inner, f"{place}[{number}]")
    else:
        raise _refused(f"{type(value).__name__} at {place}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refused("duplicate key")
    return found


def _no_float(text: str) -> Any:
    raise _refused(f"number {text[:20]} is no integer")


def _refused(detail: str) -> BadInput:
    return BadInput(detail, say="This can't be approved as written: it has no exact form.")

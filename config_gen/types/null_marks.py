"""Leave the marks out by which programs that dump tables say that there is no value, in texts too: `\\N`.

Beside numbers and days any word for a missing value counts; in texts most of these may be values.
"""

from collections.abc import Mapping
from dataclasses import replace

from config_gen.types.infer import Inferred, infer, said_missing
from config_gen.types.missing import SURE_NULLS
from domain.configuration.profiles import ColumnType

_NEVER_A_TEXT = frozenset(("\\n", "(null)", "[null]", "<null>", "<na>"))
_ALONE = SURE_NULLS - {"none", "na"}
"""In a whole column of nothing else; a kind may be called none, and Namibia NA."""
_BARE = "NULL"
_NO_SURNAME = 2
"""Times that a bare NULL stands in a column of texts: once, somebody may be called so."""


def infer_beside_marks(counts: Mapping[str, int], name: str) -> Inferred:
    """Return the type of a column as `infer` does, with the marks of a missing value in texts left out."""
    found = infer(counts, name)
    if found.type is not ColumnType.STRING:
        return found
    if counts and all(value.lower() in _ALONE for value in counts):
        words = tuple(sorted(counts))
        return Inferred(
            ColumnType.NULL, 0, 0, f"every value is empty; {said_missing(words)}", null_values=words
        )
    marks = _marks(counts)
    if not marks or len(marks) == len(counts):
        return found
    kept = infer({value: times for value, times in counts.items() if value not in marks}, name)
    missing = tuple(sorted({*marks, *kept.null_values}))
    return replace(kept, null_values=missing, evidence=f"{kept.evidence}; {said_missing(marks)}")


def _marks(counts: Mapping[str, int]) -> list[str]:
    return [
        value
        for value, times in counts.items()
        if value.lower() in _NEVER_A_TEXT or (value == _BARE and times >= _NO_SURNAME)
    ]

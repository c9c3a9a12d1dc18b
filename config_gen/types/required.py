"""Suggest which columns must never be empty; that none is empty in a sample is not reason enough."""

from config_gen.types.names import words_of
from config_gen.types.wordlists import word_set
from domain.profiles import ColumnType

_OFTEN_EMPTY = word_set(
    """
    comment comments note notes description desc remark remarks middle suffix prefix fax url website
    photo image picture optional other info extra details commentaire observation observations
    precision complement alias nickname address2 parent reason end termination cancel cancelled
    deleted
    """
)


def suggests_required(name: str, kind: ColumnType, nulls: int, rows: int, meaning: str | None) -> bool:
    """Return whether a not-null rule is worth suggesting for the column."""
    if nulls or not rows or kind is ColumnType.NULL:
        return False
    return not set(words_of(name)) & _OFTEN_EMPTY

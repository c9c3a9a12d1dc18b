"""Suggest which columns must never be empty; that none is empty in a sample is not reason enough."""

from dataclasses import dataclass

from config_gen.types.names import says_identifier, words_of
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import ColumnType

_OFTEN_EMPTY = word_set(
    """
    comment comments commentaire note notes remark remarks observation observations description desc info
    extra details other optional complement supplement precision middle suffix prefix alias nickname fax
    mobile url uri link links lien liens website web photo image picture logo source sources provenance
    provider end fin cloture closing until expiry expiration termination cancel cancelled deleted closed
    reason parent parents value minimum maximum min max exclusion exclusions public gender statut
    """
)

_COORDINATES = frozenset(("lat", "lon", "lng", "long", "latitude", "longitude", "xlong", "ylat"))
_REPEATS = ("2", "3", "4", "5")
_WIDE = 6
_LATE = 0.55
_MOMENTS = (ColumnType.DATE, ColumnType.DATETIME)


@dataclass(frozen=True)
class Seat:
    """Where a column stands: its place from 0, among how many, and what a published layout says of it."""

    place: int
    of: int
    by_layout: bool | None = None

    @property
    def is_late(self) -> bool:
        """Return whether it stands in the latter half of a wide table, where the additions gather."""
        return self.of >= _WIDE and self.place > _LATE * (self.of - 1)


def suggests_required(name: str, kind: ColumnType, nulls: int, rows: int, seat: Seat) -> bool:
    """Return whether a not-null rule is worth suggesting for the column."""
    if nulls or not rows or kind is ColumnType.NULL:
        return False
    if seat.by_layout is not None:
        return seat.by_layout
    words = words_of(name)
    # Identifiers, moments and coordinates are what a record is about, wherever they stand.
    is_core = says_identifier(name) or kind in _MOMENTS or bool(_COORDINATES & set(words))
    if name and seat.is_late and not is_core:
        return False
    # A second or third of its kind (address 2, link 3) is filled only where the first was not enough.
    repeated = bool(words) and words[-1].isdigit() and words[-1] in _REPEATS
    return not repeated and not set(words) & _OFTEN_EMPTY

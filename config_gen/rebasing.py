"""Put a proposal on top of what others agreed meanwhile: by place, as people would, or by asking them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from domain.configuration.feed_config import FeedConfig
from domain.errors import BadInput

# Lists whose members have a name: they are compared member by member, not by their place.
_NAMES = ("name", "id", "rule")
_ALONE = frozenset({"revision"})
_GONE = object()


class Side(StrEnum):
    """Whose version counts where both changed the same place."""

    MINE = "mine"
    THEIRS = "theirs"


def rebased(
    base: FeedConfig, mine: FeedConfig, theirs: FeedConfig, prefer: Side | None = None
) -> tuple[FeedConfig | None, list[str]]:
    """Return mine on top of theirs, and the places that both changed differently.

    Args:
        base: What was agreed when mine was proposed.
        mine: What is proposed.
        theirs: What is agreed now.
        prefer: Whose value counts at such places; without it nothing is decided and there is no result.

    Raises:
        BadInput: The two do not fit together, such as a rule of mine about a column that they took away.
    """
    conflicts: list[str] = []
    was, ours, now = (_by_name(config.model_dump(mode="json")) for config in (base, mine, theirs))
    merged = _merged(was, ours, now, "", prefer, conflicts)
    if conflicts and prefer is None:
        return None, conflicts
    merged["revision"] = theirs.revision + 1
    try:
        return FeedConfig.model_validate(_as_lists(merged)), conflicts
    except ValidationError as error:
        raise BadInput(
            f"rebase of {mine.feed} does not fit: {error.error_count()} errors",
            say=f"This change and what was agreed meanwhile for {mine.feed} do not fit together.",
            next_step="Take it back, look at the feed as it is now, and propose it again.",
        ) from error


class _Named(dict[str, Any]):
    """Members of a list by their name, in order."""


def _by_name(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _by_name(member) for key, member in value.items()}
    if isinstance(value, list) and value and all(isinstance(member, dict) for member in value):
        key = next((name for name in _NAMES if all(name in member for member in value)), None)
        if key is not None and len({member[key] for member in value}) == len(value):
            return _Named({str(member[key]): _by_name(member) for member in value})
    return value


def _as_lists(value: Any) -> Any:
    if isinstance(value, _Named):
        return [_as_lists(member) for member in value.values()]
    if isinstance(value, dict):
        return {key: _as_lists(member) for key, member in value.items()}
    return value


def _merged(base: Any, mine: Any, theirs: Any, place: str, prefer: Side | None, conflicts: list[str]) -> Any:
    if mine == theirs or theirs == base:
        return mine
    if mine == base:
        return theirs
    if all(isinstance(side, dict) for side in (mine, theirs)) and isinstance(base, dict | list):
        return _merged_members(base if isinstance(base, dict) else {}, mine, theirs, place, prefer, conflicts)
    if place in _ALONE:
        return theirs
    conflicts.append(place)
    return theirs if prefer is Side.THEIRS else mine


def _merged_members(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    place: str,
    prefer: Side | None,
    conflicts: list[str],
) -> Any:
    order = [*mine, *(key for key in theirs if key not in mine)]
    found: dict[str, Any] = _Named() if isinstance(mine, _Named) or isinstance(theirs, _Named) else {}
    for key in order:
        was, ours, now = (side.get(key, _GONE) for side in (base, mine, theirs))
        value = _merged(was, ours, now, f"{place}/{key}" if place else key, prefer, conflicts)
        if value is not _GONE:
            found[key] = value
    return found

"""A feed was named that has no configuration, yet or any more, or that nobody knows: say which it is."""

import difflib

from bot.bare_names import bare_name
from bot.turn import Turn
from domain.configuration.changes import ENDED, ChangeKind, ChangeState, ConfigChange
from domain.errors import NotFound

_NAMED = 10
_NEAR = 3
_ALIKE = 0.8
_NEWEST = 5


def unknown_feed(turn: Turn, name: str) -> NotFound:
    """Return the refusal of a name that no configuration has; it is empty when none was said."""
    watched = {str(one) for one in turn.uow.watched.names()}
    if bare_name(name) in watched:
        return NotFound(
            "a feed without a configuration",
            say=f"{name[:80]} has no configuration: I know it by its runs alone.",
            next_step=f"Drop a sample file of it to make one; `feed {name[:80]}` says how it is.",
        )
    if coming := coming_feed(turn, name):
        return coming
    known = _known(turn)
    said = f"I know no feed named {name[:80]}." if name else "Which feed?"
    return NotFound("unknown feed", say=said, next_step=_next_step(name.lower(), known))


def coming_feed(turn: Turn, name: str) -> NotFound | None:
    """Return what to say of a feed whose first configuration is under way or was taken back; else None."""
    if not name or name in _known(turn):
        return None
    newest = turn.uow.changes.of_feed(name, _NEWEST)
    open_ones = [one for one in newest if one.state not in ENDED]
    if not open_ones:
        return _gone(name, newest)
    waits = open_ones[0].state is ChangeState.IN_REVIEW
    how = "waits for approval" if waits else "is still being made"
    where = "`approvals` shows what waits" if waits else "Its card is where the sample was dropped"
    return NotFound(
        "a feed that is not agreed yet",
        say=f"{name[:80]} is no feed yet: its first configuration {how}.",
        next_step=f"{where}; once it is merged, its runs are watched.",
    )


def _gone(name: str, newest: list[ConfigChange]) -> NotFound | None:
    last = next((one for one in newest if one.state is ChangeState.MERGED), None)
    if last is None or not last.goes_back:
        return None
    how = "it was retired" if last.kind is ChangeKind.RETIRE else "its configuration was taken back"
    return NotFound(
        "a feed that was taken away",
        say=f"{name[:80]} is no feed any more: {how}, {last.updated_at:%d %b %H:%M} UTC.",
        next_step="Drop a sample file of it to make it one again.",
    )


def is_misspelt(turn: Turn, name: str) -> bool:
    """Return whether a name is no feed's and comes near one."""
    known = _known(turn)
    return name not in known and bool(difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE))


def _known(turn: Turn) -> list[str]:
    return sorted(
        {str(feed.name) for feed in turn.uow.feeds.every()} | {str(one) for one in turn.uow.watched.names()}
    )


def _next_step(name: str, known: list[str]) -> str:
    if not known:
        return "There is none yet: drop a sample file, or a history of runs with the word *import*."
    near = difflib.get_close_matches(name, known, n=_NEAR)
    near += [one for one in known if name and name in one and one not in near][: _NEAR - len(near)]
    if near:
        return f"Did you mean {' or '.join(near)}?"
    more = f" and {len(known) - _NAMED:,} more: say `feeds`" if len(known) > _NAMED else ""
    return f"I know {', '.join(known[:_NAMED])}{more}."

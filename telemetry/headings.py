"""Spell the headings of a history as we do: `Job Name`, `jobName` and `# Rows` lose what is only manner."""

import re
from collections.abc import Mapping, Sequence

from domain.errors import BadInput
from telemetry.receivers.fields import given
from telemetry.receivers.plain import OTHER_SHAPES, PLAIN_NAMES

_SHOWN = 12
_ASIDE = re.compile(r"\((utc|gmt|local|local time|cet|z)\)\s*$")
_TIMES = ("started", "finished", "event_time")
_TELL_APART = ("run", "started", "scheduled", "finished")


def headings(names: Sequence[str]) -> list[str]:
    """Return headings as we spell them: `Run ID` is `run_id`, `startedOn` is `started_on`."""
    plain = [str(name).strip().casefold().replace(" ", "_").replace("-", "_") for name in names]
    if OTHER_SHAPES & set(plain):
        return plain
    taken = set(_KNOWN & set(plain))
    for at, name in enumerate(names):
        ours = _BY_LETTERS.get(_letters(str(name)))
        if plain[at] not in _KNOWN and ours is not None and ours not in taken:
            plain[at] = ours
            taken.add(ours)
    return plain


def check_headings(names: Sequence[str]) -> None:
    """Raise `BadInput` when no column can say which feed, how it went, or when."""
    there = set(names)
    if OTHER_SHAPES & there:
        return
    needed = {"feed": ("feed",), "run": _TELL_APART, "state": ("state",), "start or end": _TIMES}
    lacking = [
        what for what, some in needed.items() if not any(set(PLAIN_NAMES[one]) & there for one in some)
    ]
    if lacking:
        shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
        raise BadInput(
            f"no column for {lacking}",
            say=f"I find no column for {_listed(lacking)}. The columns are: {shown or 'none'}.",
            next_step="Call them feed, run, state, scheduled_at, started_at, finished_at; import it again.",
        )


def lacks_run(names: Sequence[str]) -> bool:
    """Return whether no column tells runs apart; when they began or were due does then."""
    return not (OTHER_SHAPES | set(PLAIN_NAMES["run"])) & set(names)


def with_run(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row of a history whose runs have no name under one: when it began, or was due, or ended."""
    return {**row, "run": str(given(row, *(name for what in _TELL_APART[1:] for name in PLAIN_NAMES[what])))}


def unread(names: Sequence[str]) -> tuple[str, ...]:
    """Return which columns of a flat history nothing is read from."""
    if OTHER_SHAPES & set(names):
        return ()
    return tuple(name for name in names if name and name not in _READ)


def _listed(lacking: Sequence[str]) -> str:
    *some, last = (f"the {what}" for what in lacking)
    return f"{', '.join(some)} and {last}" if some else last


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _ASIDE.sub("", name.strip().casefold()))


_KNOWN = frozenset(name for names in PLAIN_NAMES.values() for name in names)
_READ = _KNOWN | {"columns", "source", "pool", "database", "databases", "warnings"}
_BY_LETTERS = {_letters(name): name for names in PLAIN_NAMES.values() for name in reversed(names)}

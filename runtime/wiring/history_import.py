"""Bring runs from a file: as history, which starts no clock, or as news of an import that is repeated."""

import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from activities.calendars import learn_calendars
from domain.acts.hearing import as_heard, heard_since, newest
from domain.counting import counted
from domain.ports.errand_work import ImportedHistory
from domain.ports.run_intake import RunEvent
from domain.running.import_tally import ImportTally
from domain.running.runs import RejectedRecord, Run
from domain.running.senders import IMPORTED, sender_of
from domain.watch.watching import Heard
from runtime.wiring.comparing.confined_files import history_in_child
from runtime.wiring.stores import Stores

_ROWS_AT_ONCE = 10_000
_MAY_GO_ON = timedelta(days=3)
"""A run that was told of so long ago has ended: an earlier import knows all of it."""


class HistoryImport:
    """One import. Each transaction has a moment of its own: the watch reads what was learned of since its
    last look, and a long file is learned of bit by bit.

    Args:
        stores: Where runs go.
        now: When it began, by which runs are judged.
        live_from: Who repeats it; empty for history.
        zone: By whose clock times are that name no zone; UTC where it is empty.
        piece_rows: Rows of the file that are read at a time; as many as is usual when left out.
    """

    def __init__(
        self,
        stores: Stores,
        now: datetime,
        live_from: str = "",
        *,
        zone: str = "",
        piece_rows: int | None = None,
    ) -> None:
        self._transactions, self._clock = stores.transactions, stores.clock
        self._now = now
        self._live_from = live_from
        self._piece_rows = piece_rows
        self._zone = zone
        self._tally = ImportTally(zone=zone or "UTC")
        self._past = 0

    def take(self, path: Path, name: str) -> ImportedHistory:
        """Take in a file, by the suffix of its name."""
        source, tally = f"file:{name}", self._tally
        with _Named(path, name) as named:
            told = history_in_child(
                named.absolute(), name, self._now, zone=self._zone, piece_rows=self._piece_rows
            )
            for piece in told:
                lately = [run for run in piece.fresh if self._now - newest(run, self._now) < _MAY_GO_ON]
                known = {run.key for run in lately}
                self._add([run for run in piece.fresh if run.key not in known])
                refused = [*piece.rejected, *self._complete([*lately, *piece.again], source)]
                with self._transactions.writing() as uow:
                    uow.runs.note_datasets(piece.datasets)
                    uow.runs.note_refused(source, refused, self._now)
                tally.add(piece.fresh, refused)
                tally.note(piece.unread, is_zoneless=piece.is_zoneless)
        if not tally.taken:
            return ImportedHistory(0, 0, 0, tally.sentence())
        sentence = tally.sentence()
        if tally.new:
            learned = learn_calendars(self._transactions.reading, self._transactions.writing, self._now)
            sentence += f" {learned.sentence()}"
        unheard = self._unheard()
        sentence += self._what_is_watched(unheard)
        return ImportedHistory(tally.taken, tally.new, len(tally.feeds), sentence, self._past, unheard)

    def _add(self, runs: Sequence[Run]) -> None:
        """Add runs of long ago, in bulk."""
        for first in range(0, len(runs), _ROWS_AT_ONCE):
            with self._transactions.writing() as uow:
                at = self._clock.now()
                new = uow.runs.add_history(runs[first : first + _ROWS_AT_ONCE], at)
                uow.runs.restamp(at, self._clock.now())
            self._past += new
            self._tally.new += new

    def _complete(self, runs: Sequence[Run], source: str) -> list[RejectedRecord]:
        """Add runs, or complete what earlier imports and reports knew of them; what is live is heard."""
        refused: list[RejectedRecord] = []
        for first in range(0, len(runs), _ROWS_AT_ONCE):
            events = [RunEvent(run, source, "file") for run in runs[first : first + _ROWS_AT_ONCE]]
            with self._transactions.writing() as uow:
                at = self._clock.now()
                receipt = uow.runs.merge(as_heard(events, at) if self._live_from else events, at)
                if self._live_from:
                    sender = sender_of(self._live_from, IMPORTED)
                    uow.watched.hear(heard_since(events, self._now))
                    # Only what is new is a word: whoever can be asked and has nothing to tell is silent.
                    uow.senders.note(Heard(feed, sender, self._now) for feed in receipt.changed)
                uow.runs.restamp(at, self._clock.now())
            self._tally.new += receipt.taken
            refused += receipt.rejected
        return refused

    def _unheard(self) -> int:
        with self._transactions.reading() as uow:
            heard = {one.feed.name for one in uow.watched.every() if one.heard_since is not None}
        return len(self._tally.feeds - heard)

    def _what_is_watched(self, unheard: int) -> str:
        """Return which feeds this import lets be watched, and which it does not."""
        count = len(self._tally.feeds)
        told = ""
        if self._live_from:
            told = f" It is live: {counted(count - unheard, 'feed')} of them can be late from now on."
        if not unheard:
            return told
        verb = "has" if unheard == 1 else "have"
        return (
            f"{told} {counted(unheard, 'feed')} {verb} reported no live run yet: nothing counts as late,"
            " and watching begins when live runs arrive."
        )


class _Named:
    """A blob under the name it was dropped with: the reader goes by the suffix."""

    def __init__(self, path: Path, name: str) -> None:
        self._path, self._name = path, name

    def __enter__(self) -> Path:
        if self._path.suffix == Path(self._name).suffix:
            self._link = None
            return self._path
        name = Path(self._name)
        packed = Path(name.stem).suffix if name.suffix.casefold() == ".gz" else ""
        self._link = Path(tempfile.mkdtemp(prefix="dogwatch-")) / f"history{packed}{name.suffix}"
        self._link.symlink_to(self._path.resolve())
        return self._link

    def __exit__(self, *_: object) -> None:
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.parent.rmdir()

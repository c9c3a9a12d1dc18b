"""What an import of history has brought so far, and how that reads."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.counting import counted
from domain.running.runs import RejectedRecord, Rejection, Run

_EXAMPLE = 120
_COLUMN, _COLUMNS = 40, 8


@dataclass
class ImportTally:
    """What an import has brought so far."""

    zone: str = "UTC"
    taken: int = 0
    new: int = 0
    bad: int = 0
    feeds: set[str] = field(default_factory=set)
    first: datetime | None = None
    last: datetime | None = None
    refused: Counter[Rejection] = field(default_factory=Counter)
    examples: dict[Rejection, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    is_zoneless: bool = False

    def add(self, runs: Sequence[Run], refused: Sequence[RejectedRecord]) -> None:
        """Count a piece."""
        self.refused.update(one.reason for one in refused)
        for one in refused:
            self.examples.setdefault(one.reason, one.detail)
        if not runs:
            return
        seen = [run.seen_at for run in runs]
        self.taken += len(runs)
        self.bad += sum(run.is_trouble for run in runs)
        self.feeds |= {run.feed for run in runs}
        self.first = min(filter(None, (self.first, min(seen))))
        self.last = max(filter(None, (self.last, max(seen))))

    def note(self, unread: Sequence[str], *, is_zoneless: bool) -> None:
        """Remember which columns nothing was read from, and whether times named no zone."""
        self.unread = self.unread or tuple(unread)
        self.is_zoneless = self.is_zoneless or is_zoneless

    def sentence(self) -> str:
        """Return it in words."""
        lost = ", ".join(self._lost(reason, count) for reason, count in self.refused.most_common())
        if not self.taken:
            return f"No run could be taken. Refused: {lost or 'nothing; the file holds no record'}."
        span = f" from {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}" if self.first and self.last else ""
        trouble = f", {self.bad:,} of them in trouble ({self.bad / self.taken:.1%})" if self.taken else ""
        feeds = counted(len(self.feeds), "feed")
        came = (
            f"{counted(self.taken, 'run')} of {feeds}{span}{trouble}; {counted(self.new, 'was', 'were')} new."
        )
        return f"{came} Refused: {lost or 'nothing'}.{self._how_read()}"

    def _how_read(self) -> str:
        told = ""
        if self.is_zoneless:
            told = f" Its times name no zone and were read by the clock of {self.zone}."
        if self.unread:
            shown = ", ".join(name[:_COLUMN] for name in self.unread[:_COLUMNS])
            more = f" and {len(self.unread) - _COLUMNS} more" if len(self.unread) > _COLUMNS else ""
            told += f" Columns that I did not need: {shown}{more}."
        return told

    def _lost(self, reason: Rejection, count: int) -> str:
        example = self.examples.get(reason, "")
        return f"{count:,} {reason.value}" + (f" ({example[:_EXAMPLE]})" if example else "")

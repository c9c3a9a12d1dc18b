"""The stores of the watch: feeds and runs, alerts and labels, and the log of the loop."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.ids import AlertId, FeedName, RunId
from domain.ports.run_intake import Receipt, RunEvent
from domain.running.feeds import Extension, Feed, ScheduleChange
from domain.running.readings import Reading
from domain.running.runs import EndedRun, RejectedRecord, Run
from domain.watch.alerts import Alert, Label, Mute
from domain.watch.feed_health import FeedHealth, LogEntry, ScorecardView
from domain.watch.oddities import FeedOddities
from domain.watch.predictions import Judged, JudgedQuarter
from domain.watch.scorecards import ForecastRecord
from domain.watch.verdicts import Word
from domain.watch.watching import Estimate, Heard, Threshold, ToldAlert, WatchedFeed


class WatchedFeedStore(Protocol):
    """Feeds under watch."""

    def every(self) -> list[WatchedFeed]:
        """Return all feeds with thresholds, by name; owner, criticality and calendar as configured."""
        ...

    def find(self, name: str) -> WatchedFeed | None:
        """Return one feed as `every` does, None when it is not under watch."""
        ...

    def names(self) -> set[FeedName]:
        """Return the names of all feeds."""
        ...

    def keep(self, feeds: Sequence[Feed], now: datetime, *, is_learned: bool = False) -> None:
        """Add feeds or replace their calendars and lineage; thresholds and health stay.

        What was learned from runs never replaces what somebody said.
        """
        ...

    def begin(self, names: Iterable[FeedName], now: datetime) -> None:
        """Watch feeds from now on; those that are watched already stay as they are."""
        ...

    def hear(self, since: Mapping[FeedName, datetime]) -> None:
        """Note from when on the runs of feeds are reported as they happen; the first such moment stays."""
        ...

    def end(self, name: FeedName) -> None:
        """Watch a feed no more; it is watched anew when it reports again."""
        ...

    def end_silent(self, before: datetime) -> list[FeedName]:
        """Watch those no more that nobody named and nothing was reported of since a moment; return them."""
        ...

    def learned(self) -> set[FeedName]:
        """Return the feeds whose calendar was learned from their runs."""
        ...

    def set_thresholds(self, thresholds: Sequence[Threshold], now: datetime) -> None:
        """Set from which estimate each feed alerts and whether people are told."""
        ...

    def shown_since(self, moment: datetime | None) -> Mapping[str, FeedHealth | None]:
        """Return what people see of feeds that changed at or after a moment; None of one not shown yet."""
        ...

    def show(self, healths: Sequence[FeedHealth], now: datetime) -> None:
        """Replace what people see of some feeds."""
        ...

    def note_oddities(self, found: Sequence[FeedOddities]) -> None:
        """Replace what is out of the ordinary in the runs of some feeds."""
        ...

    def oddities(self) -> dict[FeedName, FeedOddities]:
        """Return what is out of the ordinary, of the feeds that were looked at."""
        ...

    def note_schedule_change(self, change: ScheduleChange) -> None:
        """Keep which schedule a feed had before a moment; the same again changes nothing."""
        ...

    def extend(self, given: Extension) -> None:
        """Keep a later deadline; the same again changes nothing."""
        ...

    def end_extension(self, plan: str) -> None:
        """Forget the later deadlines that a plan gave, because it was taken back."""
        ...

    def extensions(self, since: datetime) -> list[Extension]:
        """Return the later deadlines that lie after a moment."""
        ...

    def schedule_changes(self, since: datetime) -> dict[FeedName, list[ScheduleChange]]:
        """Return which schedules feeds had before, for changes after a moment."""
        ...


class SenderStore(Protocol):
    """Who tells of which feed."""

    def note(self, heard: Iterable[Heard]) -> None:
        """Keep when senders told of feeds."""
        ...

    def every(self) -> list[Heard]:
        """Return when each sender was last heard on each feed."""
        ...

    def forget_before(self, moment: datetime) -> int:
        """Remove what was last heard before a moment, and who has no say any more; return how many."""
        ...


class ReadingStore(Protocol):
    """What sources, databases and pools say between runs, and that feeds were changed."""

    def add(self, readings: Sequence[Reading], now: datetime) -> int:
        """Keep readings; return how many were news. The same moment again changes nothing."""
        ...

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove at most so many readings from before a moment; return how many."""
        ...


class RunStore(Protocol):
    """Runs of feeds."""

    def merge(self, events: Sequence[RunEvent], now: datetime) -> Receipt:
        """Complete what is known of runs by reports, in bulk; feeds seen for the first time are watched."""
        ...

    def add_history(self, runs: Sequence[Run], now: datetime) -> int:
        """Add runs that are not known yet, in bulk, and return how many were new."""
        ...

    def restamp(self, then: datetime, now: datetime) -> None:
        """Let runs that were learned of at `then` count as learned of now, where that is long after.

        Who looks goes by when runs were learned of: a transaction that took long says so before it commits.
        """
        ...

    def note_refused(self, source: str, records: Sequence[RejectedRecord], now: datetime) -> None:
        """Count refused records by reason and keep the newest of each to look at."""
        ...

    def of_feed(self, feed: str, limit: int) -> list[Run]:
        """Return the newest runs of a feed, oldest first."""
        ...

    def columns_of_feed(self, feed: str, limit: int) -> dict[RunId, dict[str, str]]:
        """Return the columns that the newest runs of a feed delivered, by run, where they were reported."""
        ...

    def note_datasets(self, datasets: Iterable[tuple[str, str, bool]]) -> None:
        """Keep which data sets feeds read or write: feed, data set, whether it writes it."""
        ...

    def upstreams(self) -> dict[FeedName, tuple[FeedName, ...]]:
        """Return, by the data sets they read and write, from which feeds each feed takes its data."""
        ...

    def count_ended(self, spans: Sequence[tuple[datetime, datetime]]) -> int:
        """Return how many runs ended in any of some spans [since, until), however they did."""
        ...

    def ended_well(
        self, feeds: Sequence[FeedName], since: datetime, until: datetime
    ) -> dict[FeedName, list[EndedRun]]:
        """Return the good runs of some feeds that ended in [since, until), oldest first."""
        ...

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove runs and what hangs on them from before a moment, a piece of each; return how many."""
        ...


class AlertStore(Protocol):
    """Alerts, mutes and labels."""

    def get(self, alert: AlertId) -> Alert:
        """Return the alert, locked for this transaction; raises `NotFound`."""
        ...

    def save(self, alert: Alert) -> None:
        """Add or replace an alert."""
        ...

    def every_open(self) -> list[Alert]:
        """Return open alerts, shadow ones included, oldest first."""
        ...

    def hold_open(self) -> list[Alert]:
        """Return the same, locked for this transaction: what is pressed meanwhile waits, and is not lost."""
        ...

    def of_time(
        self, since: datetime, until: datetime | None = None, newest: int | None = None
    ) -> list[Alert]:
        """Return the alerts raised in [since, until) with shadow ones, oldest first; of many the newest."""
        ...

    def mutes_of_time(self, since: datetime) -> list[Mute]:
        """Return the mutes that were in force after a moment."""
        ...

    def mute(self, mute: Mute) -> None:
        """Tell nobody of a fingerprint until its moment."""
        ...

    def mutes(self, now: datetime) -> dict[str, Mute]:
        """Return the mutes in force, by fingerprint."""
        ...

    def label(self, label: Label) -> None:
        """Keep a label; one per alert and origin, the newest counts."""
        ...

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove at most so many alerts that have been over since before a moment; return how many."""
        ...


class WordStore(Protocol):
    """What people said of alerts, and how alerts ended."""

    def since(self, moment: datetime) -> Sequence[Word]:
        """Return what stands above the reports, of alerts raised after a moment; the newest word counts."""
        ...

    def endings(self, since: datetime) -> Sequence[ToldAlert]:
        """Return how alerts that foretold something ended, oldest first; not of open, muted, joined ones."""
        ...


class ForecastLog(Protocol):
    """What was said, what became of it, and what was concluded."""

    def note(self, estimates: Sequence[Estimate], alerted: frozenset[FeedName]) -> None:
        """Keep estimates for the scorecard."""
        ...

    def noted_at(self, since: datetime, *, least: int) -> datetime | None:
        """Return the newest moment after another of which at least so many estimates are kept."""
        ...

    def judge(self, now: datetime) -> int:
        """Set the outcome of estimates whose hour is over; return how many."""
        ...

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove at most so many estimates from before a moment; return how many."""
        ...

    def judged(self, since: datetime) -> Mapping[str, list[Judged]]:
        """Return judged estimates by feed, as people's words have them."""
        ...

    def judged_quarters(self, since: datetime) -> Sequence[JudgedQuarter]:
        """Return estimates made after a moment and judged, as words have them, by quarters of days."""
        ...

    def note_late(self, estimates: Sequence[Estimate]) -> None:
        """Keep the deadlines that feeds have missed; the same again changes nothing."""
        ...

    def record_since(self, since: datetime) -> ForecastRecord:
        """Return what was promised and what came since the first judged estimate after a moment."""
        ...

    def write(self, entry: LogEntry) -> None:
        """Add a line to the promotion log; the same line again changes nothing."""
        ...

    def forget_lines(self, before: datetime, *, most: int) -> int:
        """Remove at most so many lines of the promotion log, but for those of models; return how many."""
        ...

    def has_line(self, kind: str, since: datetime, subject: str = "") -> bool:
        """Return whether the promotion log has a line of a kind, and about a subject, after a moment."""
        ...

    def last_line(self, kind: str) -> LogEntry | None:
        """Return the newest line of a kind in the promotion log, or None."""
        ...

    def note_serving(self, model: str, now: datetime) -> str:
        """Keep which model answers; return which one did before, empty when that is not known."""
        ...

    def keep_scorecard(self, basis: str, card: ScorecardView, now: datetime) -> None:
        """Keep the newest scorecard."""
        ...

"""What a sweep keeps beside alerts: what people see, estimates to be judged, missed deadlines.

What is known to be stored spares storing it again. It is taken over only when the transaction was kept, and
another process may sweep too, so what that one stored is read back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from activities.feed_lights import differs, health_of
from activities.training_news import TrainingNews
from domain.clock.pauses import is_time
from domain.ids import FeedName
from domain.ports.transactions import UnitOfWork
from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth, LogEntry
from domain.watch.models import goes_back
from domain.watch.watching import Swept

_DAMAGE_TOLD_AGAIN = timedelta(days=1)
_NOTED_EVERY = timedelta(minutes=30)
_JUDGED_EVERY = timedelta(minutes=5)
# Transactions that began earlier may be kept later.
_OVERLAP = timedelta(seconds=30)


@dataclass(frozen=True)
class Kept:
    """What is known to be stored.

    Attributes:
        shown: What people see of feeds; seen_at: when that was read back last.
        noted_at: When the estimates of all feeds were kept last.
        late: The missed deadlines of feeds that are late.
        model: Which model answers.
    """

    shown: Mapping[str, FeedHealth] = field(default_factory=dict)
    seen_at: datetime | None = None
    noted_at: datetime | None = None
    judged_at: datetime | None = None
    damaged: frozenset[str] = frozenset()
    late: Mapping[FeedName, datetime | None] = field(default_factory=dict)
    model: str = ""


def keep(
    uow: UnitOfWork,
    before: Kept,
    swept: Swept,
    alerts: Sequence[Alert],
    opened: Sequence[Alert],
    news: TrainingNews | None = None,
) -> Kept:
    """Store what is new of a sweep; return what is known to be stored once the transaction is kept."""
    uow.watched.note_oddities(swept.odd)
    return replace(
        before,
        shown=_shown(uow, before, swept, alerts),
        seen_at=swept.at,
        noted_at=_noted(uow, before.noted_at, swept, opened),
        judged_at=_judged(uow, before.judged_at, swept.at),
        damaged=_said_damaged(uow, before.damaged, swept),
        model=_noted_model(uow, before.model, swept, news),
        late=_noted_late(uow, before.late, swept),
    )


def _shown(uow: UnitOfWork, before: Kept, swept: Swept, alerts: Sequence[Alert]) -> Mapping[str, FeedHealth]:
    since = None if before.seen_at is None else before.seen_at - _OVERLAP
    known = {**before.shown, **uow.watched.shown_since(since)}
    of = {name: alert for alert in alerts for name in (alert.root, *alert.dependants)}
    healths = [health_of(one, of.get(one.name), swept.at) for one in swept.estimates]
    changed = [one for one in healths if differs(known.get(one.name), one)]
    uow.watched.show(changed, swept.at)
    return {name: one for name, one in known.items() if one is not None} | {one.name: one for one in changed}


def _noted(
    uow: UnitOfWork, noted_at: datetime | None, swept: Swept, opened: Sequence[Alert]
) -> datetime | None:
    """Keep estimates for the scorecard: every half hour, and whenever an alert is raised."""
    raised = {name for alert in opened for name in (alert.root, *alert.dependants)}
    # Of a run that is overdue already nothing is foretold: no outcome could speak for or against it.
    ahead = [one for one in swept.estimates if not (one.is_late or one.is_unheard)]
    if is_time(noted_at, swept.at, _NOTED_EVERY):
        # Those of a raised alert alone are few.
        noted_at = uow.forecasts.noted_at(swept.at - _NOTED_EVERY, least=len(ahead) // 2 + 1)
    kept = [one for one in ahead if noted_at is None or one.name in raised]
    if kept:
        uow.forecasts.note(kept, frozenset(one.name for one in swept.estimates if one.is_high))
    return noted_at or swept.at


def _judged(uow: UnitOfWork, judged_at: datetime | None, now: datetime) -> datetime:
    if judged_at is not None and not is_time(judged_at, now, _JUDGED_EVERY):
        return judged_at
    uow.forecasts.judge(now)
    return now


def _noted_late(
    uow: UnitOfWork, before: Mapping[FeedName, datetime | None], swept: Swept
) -> Mapping[FeedName, datetime | None]:
    """Keep each deadline that was missed, once: what was promised is judged by it."""
    late = [one for one in swept.estimates if one.is_late]
    fresh = [one for one in late if before.get(one.name) != one.overdue_at]
    if fresh:
        uow.forecasts.note_late(fresh)
    return {one.name: one.overdue_at for one in late}


def _said_damaged(uow: UnitOfWork, told: frozenset[str], swept: Swept) -> frozenset[str]:
    for name in sorted(set(swept.damaged) - told):
        if uow.forecasts.has_line("model", swept.at - _DAMAGE_TOLD_AGAIN, subject=name):
            continue  # a process that began anew has not told it; the one before has
        sentence = f"The model file {name} is damaged, so it is not used; {swept.model} answers."
        uow.forecasts.write(LogEntry(at=swept.at, kind="model", subject=name, sentence=sentence))
    return frozenset(swept.damaged)


def _noted_model(uow: UnitOfWork, known: str, swept: Swept, news: TrainingNews | None) -> str:
    """Keep which model answers; say so where it is an older one than before, or none, and no training did it.

    A file can be damaged, taken away, or overwritten by an older one: estimates go on, and nobody would know.
    """
    if swept.model == known or not swept.estimates:
        return known
    before = uow.forecasts.note_serving(swept.model, swept.at)
    if before and goes_back(before, swept.model):
        is_there = f"{before}.json" in swept.damaged
        why = "can't be used any more" if is_there else "is not there any more"
        said = f"The file of {before} {why}, so {swept.model} answers, until a training makes a better one."
        if not is_there:  # of a damaged one there is a line
            uow.forecasts.write(LogEntry(at=swept.at, kind="serving", subject=swept.model, sentence=said))
        if news is not None:
            news.fell_back(uow, said, swept.at)
    return swept.model

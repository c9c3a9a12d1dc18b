"""What is said ahead of time about a feed: how likely trouble is, when it will finish, why, and how often
so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.ids import FeedName

HORIZONS_MINUTES = (30, 45, 60)


@dataclass(frozen=True)
class Reason:
    """One fact that moved the estimate.

    Attributes:
        fact: In words and numbers, e.g. "the last run took 2.3 times its usual time".
        effect: Change of the log-odds it brought; positive speaks for trouble.
    """

    fact: str
    effect: float


@dataclass(frozen=True)
class FinishForecast:
    """When the running or next run will finish: one in ten is earlier than `early`, one in ten later than
    `late`.

    Attributes:
        early: The first tenth.
        middle: The median.
        late: The last tenth.
        lateness: Probability that it ends later than usual by more than the schedule's grace.
    """

    early: datetime
    middle: datetime
    late: datetime
    lateness: float = 0.0


@dataclass(frozen=True)
class SuchMornings:
    """How often it went wrong when the estimate was like this one: `wrong` of `asked` past questions."""

    wrong: int
    asked: int

    def sentence(self) -> str:
        """Return the record in words."""
        return (
            f"{self.wrong} of {self.asked} such times it did" if self.asked else "no such time is on record"
        )


@dataclass(frozen=True)
class Prediction:
    """One estimate for one feed at one moment.

    Attributes:
        feed: The feed.
        made_at: The moment; nothing later was used.
        probabilities: Probability of trouble within each horizon in minutes; never falls with the horizon.
        finish: Forecast of the finish, None when nothing is due within a day.
        reasons: What moved the estimate, the strongest first.
        record: How often such estimates came true.
        model: Version of the model that made it.
        due_at: When the run it speaks of is due, None when none is due within a day.
        deadline: From when that run counts as late, None where no calendar promises it.
        lateness: Probability that it passes its deadline within the longest horizon; part of
            `probabilities`.
    """

    feed: FeedName
    made_at: datetime
    probabilities: tuple[tuple[int, float], ...]
    finish: FinishForecast | None
    reasons: tuple[Reason, ...]
    record: SuchMornings
    model: str
    due_at: datetime | None = None
    deadline: datetime | None = None
    lateness: float = 0.0

    def within(self, minutes: int) -> float:
        """Return the probability of the smallest horizon that covers `minutes`, the largest known beyond
        it."""
        for horizon, probability in self.probabilities:
            if horizon >= minutes:
                return probability
        return self.probabilities[-1][1]

    @property
    def probability(self) -> float:
        """Return the probability within the longest horizon."""
        return self.probabilities[-1][1]

    @property
    def speaks_of_lateness(self) -> bool:
        """Return whether it is the chance to be late that decides."""
        return self.lateness > 0.0 and self.lateness >= self.probability


class Verdict(StrEnum):
    """What became of an announced trouble."""

    HAPPENED = "happened"
    DID_NOT_HAPPEN = "did not happen"
    PREVENTED = "prevented"
    EXPECTED = "expected"
    NOT_WORTH_TELLING = "not worth telling"


@dataclass(frozen=True)
class Judged:
    """A prediction beside its outcome, as the scorecard counts it."""

    feed: FeedName
    made_at: datetime
    probability: float
    alerted: bool
    trouble_at: datetime | None
    horizon: timedelta = timedelta(minutes=60)

    @property
    def came_true(self) -> bool:
        """Return whether trouble came within the horizon."""
        return self.trouble_at is not None and self.made_at < self.trouble_at <= self.made_at + self.horizon


@dataclass(frozen=True)
class Scorecard:
    """How good the predictions were: what people may hold against us. Leads are minutes, NaN-free (0 when
    none)."""

    questions: int
    troubles: int
    alerts: int
    precision: float
    recall: float
    brier: float
    lead_minutes: tuple[float, float, float]
    reliability: tuple[tuple[float, float, int], ...]


def scorecard(judged: Sequence[Judged], bins: int = 10) -> Scorecard:
    """Return precision, recall, Brier score, lead P10/P50/P90 and the reliability diagram of judged
    predictions.

    Several alerts before one trouble count as one catch with the earliest lead; a bin of the diagram is
    (mean promise, frequency, count).
    """
    troubles = {(one.feed, one.trouble_at) for one in judged if one.came_true}
    alerts = [one for one in judged if one.alerted]
    first: dict[tuple[FeedName, datetime | None], datetime] = {}
    for one in alerts:
        if one.came_true:
            place = (one.feed, one.trouble_at)
            first[place] = min(first.get(place, one.made_at), one.made_at)
    leads = sorted(
        (when - made).total_seconds() / 60.0 for (_, when), made in first.items() if when is not None
    )
    true = sum(one.came_true for one in alerts)
    brier = sum((one.probability - one.came_true) ** 2 for one in judged) / len(judged) if judged else 0.0
    return Scorecard(
        questions=len(judged),
        troubles=len(troubles),
        alerts=len(alerts),
        precision=true / len(alerts) if alerts else 0.0,
        recall=len(first) / len(troubles) if troubles else 0.0,
        brier=brier,
        lead_minutes=(_share(leads, 0.1), _share(leads, 0.5), _share(leads, 0.9)),
        reliability=_reliability(judged, bins),
    )


def _reliability(judged: Sequence[Judged], bins: int) -> tuple[tuple[float, float, int], ...]:
    ordered = sorted(judged, key=lambda one: one.probability)
    rows = []
    for number in range(bins):
        part = ordered[len(ordered) * number // bins : len(ordered) * (number + 1) // bins]
        if part:
            promise = sum(one.probability for one in part) / len(part)
            rows.append((promise, sum(one.came_true for one in part) / len(part), len(part)))
    return tuple(rows)


def _share(values: Sequence[float], share: float) -> float:
    return values[min(int(share * len(values)), len(values) - 1)] if values else 0.0

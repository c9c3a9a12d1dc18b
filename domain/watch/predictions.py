"""What is said ahead of time about a feed: how likely trouble is, when it will finish, why, and how often
so."""

from collections.abc import Iterable
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
    """A prediction beside its outcome."""

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


@dataclass(frozen=True, slots=True)
class JudgedQuarter:
    """Judged estimates of a quarter of a day, summed up.

    Attributes:
        begin: When the quarter began, in quarters since 1970; asked: how many estimates there were.
        promised: Their sum; happened: how many came true.
        off: The sum of (outcome - estimate) (1 - 2 estimate), which is 0 on average while they come true.
        variance: Of `off`, if they were independent of each other.
    """

    begin: int
    asked: int
    promised: float
    happened: float
    off: float
    variance: float


QUARTER_SECONDS = 6 * 3_600


def quarters_of(judged: Iterable[tuple[float, float, float]]) -> list[JudgedQuarter]:
    """Return estimates, each with what became of it and the epoch second it was made, by quarters of days."""
    sums: dict[int, list[float]] = {}
    for told, true, at in judged:
        lean = 1.0 - 2.0 * told
        terms = (1.0, told, true, (true - told) * lean, lean * lean * told * (1.0 - told))
        place = int(at // QUARTER_SECONDS)
        sums[place] = [a + b for a, b in zip(sums.get(place, (0.0,) * 5), terms, strict=True)]
    return [JudgedQuarter(place, int(asked), *rest) for place, (asked, *rest) in sorted(sums.items())]

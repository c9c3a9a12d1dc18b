"""What people did with articles, counted with decay: what worked lately counts, what is long ago fades."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import DOUBTS, Article, Outcome, OutcomeKind

HALF_LIFE = timedelta(days=90)
_PRIOR_SUCCESSES = 2.0
_PRIOR_TRIES = 4.0
_BOOST_AT_MOST = 0.6
_DOUBTS_THAT_FLAG = 2
_GOOD = frozenset({OutcomeKind.WORKED, OutcomeKind.HELPFUL})
# A thumb costs nothing, so it counts half; "wrong" is the strongest word there is.
_WEIGHTS = {OutcomeKind.HELPFUL: 0.5, OutcomeKind.UNHELPFUL: 0.5, OutcomeKind.WRONG: 2.0}


@dataclass
class _Tally:
    worked: float = 0.0
    failed: float = 0.0
    worked_times: int = 0
    failed_times: int = 0
    doubts: dict[PersonId | None, tuple[datetime, float]] = field(default_factory=dict)
    """Whoever called it out of date or wrong, when, and how much that weighs."""
    renewed: datetime | None = None
    """When its text was last written or confirmed: doubts of what stood there before are over."""

    def doubters(self) -> int:
        """Return how many people doubt what stands there now."""
        return len(self._doubts_now())

    def doubted(self) -> float:
        """Return what their doubts weigh."""
        return sum(self._doubts_now())

    def _doubts_now(self) -> list[float]:
        since = self.renewed
        return [weight for at, weight in self.doubts.values() if since is None or at >= since]


class Outcomes:
    """Counts per article; one person's repeated verdict on an article counts once, the newest.

    What is counted weighs more the later it was, and all of it less as time goes on, so that nothing has to
    be counted again while a process runs for months.

    Args:
        now: Tells the moment from which age is counted.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._began = now()
        self._tallies: dict[ArticleId, _Tally] = {}
        self.changes = 0
        """Grows with everything that is counted."""
        self._verdicts: dict[tuple[ArticleId, PersonId], Outcome] = {}

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Count what people did."""
        for outcome in outcomes:
            if outcome.kind in {OutcomeKind.SHOWN, OutcomeKind.OPENED}:
                continue
            self.changes += 1
            tally = self._tallies.setdefault(outcome.article, _Tally())
            if outcome.person is not None:
                key = (outcome.article, outcome.person)
                earlier = self._verdicts.get(key)
                if earlier is not None and earlier.at >= outcome.at:
                    continue
                if earlier is not None:
                    self._count(tally, earlier, -1)
                self._verdicts[key] = outcome
            self._count(tally, outcome, 1)

    def renew(self, articles: Iterable[Article]) -> None:
        """Let doubts of what stood in these articles before count no more."""
        for article in articles:
            if article.updated_at is not None:
                self._tallies.setdefault(article.id, _Tally()).renewed = article.updated_at

    def boost(self, article: ArticleId) -> float:
        """Return what outcomes add to a ranking score, between -0.6 and 0.6, 0 without any."""
        tally = self._tallies.get(article)
        if tally is None:
            return 0.0
        share = self._helps(tally)
        return max(-_BOOST_AT_MOST, min(_BOOST_AT_MOST, math.log(share / (1 - share)) / 2))

    def times(self, article: ArticleId) -> tuple[int, int]:
        """Return how often it worked and how often not, undecayed, as people are told."""
        tally = self._tallies.get(article, _Tally())
        return tally.worked_times, tally.failed_times

    def quality(self, article: Article) -> float:
        """Return 0 to 1: does it help (half), is it fresh, owned, and complete enough to act on."""
        tally = self._tallies.get(article.id, _Tally())
        helps = self._helps(tally)
        age = (self._now() - article.updated_at) / timedelta(days=365) if article.updated_at else 1.0
        fresh = 0.5 ** max(age, 0.0)
        owned = 1.0 if article.owner else 0.0
        actionable = 0.5 * ("```" in article.text or "`" in article.text) + 0.5 * (
            "\n#" in "\n" + article.text
        )
        return float(round(0.5 * helps + 0.2 * fresh + 0.15 * owned + 0.15 * actionable, 4))

    def wants_review(self, article: ArticleId) -> bool:
        """Say whether advice failed more than it worked lately, or two people called it out of date."""
        tally = self._tallies.get(article)
        if tally is None:
            return False
        worked, failed = self._weighed(tally)
        return tally.doubters() >= _DOUBTS_THAT_FLAG or failed > worked + 0.5

    def _weighed(self, tally: _Tally) -> tuple[float, float]:
        """Return what weighs for an article and against it, now."""
        faded = 0.5 ** ((self._now() - self._began) / HALF_LIFE)
        return tally.worked * faded, (tally.failed + tally.doubted()) * faded

    def _helps(self, tally: _Tally) -> float:
        worked, failed = self._weighed(tally)
        return (worked + _PRIOR_SUCCESSES) / (worked + failed + _PRIOR_TRIES)

    def _count(self, tally: _Tally, outcome: Outcome, sign: int) -> None:
        weight = sign * self._weight(outcome)
        weight *= _WEIGHTS.get(outcome.kind, 1.0)
        if outcome.kind in _GOOD:
            tally.worked += weight
            tally.worked_times += sign * (outcome.kind is OutcomeKind.WORKED)
        elif outcome.kind not in DOUBTS:
            tally.failed += weight
            tally.failed_times += sign * (outcome.kind is OutcomeKind.FAILED)
        elif sign > 0:
            tally.doubts[outcome.person] = outcome.at, weight
        else:
            tally.doubts.pop(outcome.person, None)

    def _weight(self, outcome: Outcome) -> float:
        return float(2 ** ((outcome.at - self._began) / HALF_LIFE))

"""What people did with articles, counted with decay: what worked lately counts, what is long ago fades."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.articles import Article, Outcome, OutcomeKind
from domain.ids import ArticleId, PersonId

HALF_LIFE = timedelta(days=90)
_PRIOR_SUCCESSES = 2.0
_PRIOR_TRIES = 4.0
_BOOST_AT_MOST = 0.6
_DOUBTS_THAT_FLAG = 2
_GOOD = frozenset({OutcomeKind.WORKED, OutcomeKind.HELPFUL})
# A thumb costs nothing, so it counts half; "wrong" is the strongest word there is.
_WEIGHTS = {OutcomeKind.HELPFUL: 0.5, OutcomeKind.UNHELPFUL: 0.5, OutcomeKind.WRONG: 2.0}
_DOUBTING = frozenset({OutcomeKind.OUT_OF_DATE, OutcomeKind.WRONG})


@dataclass
class _Tally:
    worked: float = 0.0
    failed: float = 0.0
    shown: float = 0.0
    opened: float = 0.0
    worked_times: int = 0
    failed_times: int = 0
    doubters: set[PersonId | None] = field(default_factory=set)


class Outcomes:
    """Counts per article; one person's repeated verdict on an article counts once, the newest.

    Args:
        now: The moment from which age is counted.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime.now(UTC)
        self._tallies: dict[ArticleId, _Tally] = {}
        self.changes = 0
        """Grows with everything that is counted."""
        self._verdicts: dict[tuple[ArticleId, PersonId], Outcome] = {}

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Count what people did."""
        for outcome in outcomes:
            self.changes += 1
            tally = self._tallies.setdefault(outcome.article, _Tally())
            if outcome.kind in {OutcomeKind.SHOWN, OutcomeKind.OPENED}:
                weight = self._weight(outcome)
                tally.shown += weight * (outcome.kind is OutcomeKind.SHOWN)
                tally.opened += weight * (outcome.kind is OutcomeKind.OPENED)
                continue
            if outcome.person is not None:
                key = (outcome.article, outcome.person)
                earlier = self._verdicts.get(key)
                if earlier is not None and earlier.at >= outcome.at:
                    continue
                if earlier is not None:
                    self._count(tally, earlier, -1)
                self._verdicts[key] = outcome
            self._count(tally, outcome, 1)

    def boost(self, article: ArticleId) -> float:
        """Return what outcomes add to a ranking score, between -0.6 and 0.6, 0 without any."""
        tally = self._tallies.get(article)
        if tally is None:
            return 0.0
        share = (tally.worked + _PRIOR_SUCCESSES) / (tally.worked + tally.failed + _PRIOR_TRIES)
        return max(-_BOOST_AT_MOST, min(_BOOST_AT_MOST, math.log(share / (1 - share)) / 2))

    def times(self, article: ArticleId) -> tuple[int, int]:
        """Return how often it worked and how often not, undecayed, as people are told."""
        tally = self._tallies.get(article, _Tally())
        return tally.worked_times, tally.failed_times

    def quality(self, article: Article) -> float:
        """Return 0 to 1: does it help (half), is it fresh, owned, and complete enough to act on."""
        tally = self._tallies.get(article.id, _Tally())
        helps = (tally.worked + _PRIOR_SUCCESSES) / (tally.worked + tally.failed + _PRIOR_TRIES)
        age = (self._now - article.updated_at) / timedelta(days=365) if article.updated_at else 1.0
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
        return len(tally.doubters) >= _DOUBTS_THAT_FLAG or tally.failed > tally.worked + 0.5

    def _count(self, tally: _Tally, outcome: Outcome, sign: int) -> None:
        weight = sign * self._weight(outcome)
        weight *= _WEIGHTS.get(outcome.kind, 1.0)
        if outcome.kind in _GOOD:
            tally.worked += weight
            tally.worked_times += sign * (outcome.kind is OutcomeKind.WORKED)
        else:
            tally.failed += weight
            tally.failed_times += sign * (outcome.kind is OutcomeKind.FAILED)
        if outcome.kind in _DOUBTING and sign > 0:
            tally.doubters.add(outcome.person)
        elif outcome.kind in _DOUBTING:
            tally.doubters.discard(outcome.person)

    def _weight(self, outcome: Outcome) -> float:
        age = max(self._now - outcome.at, timedelta(0))
        return float(0.5 ** (age / HALF_LIFE))

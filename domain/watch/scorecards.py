"""Count what may be held against the predictions: cards beside troubles, and estimates beside outcomes.

People are told by cards, one per trouble, so precision, recall and lead count cards. Whether a promise of
70 % means 70 % can only be seen on many estimates, so Brier score and reliability count those of every half
hour. What was only counted in shadow is never mixed with what people were told.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.ids import FeedName, TeamId
from domain.watch.feed_health import CardScore, ScoreRow
from domain.watch.predictions import Judged, Verdict
from domain.watch.verdicts import Word

_WEEK = timedelta(days=7)
_LEAST_WEEKS = 1.0 / 7.0
_GREAT, _LEAST = (0.1, 0.2, 0.3, 0.5, 0.7), 20
Part = tuple[float, float, int]
_BINS = 10
STEPS = 200
"""Probabilities are told apart in so many steps where estimates are counted together."""


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    """One trouble of one feed, from its first failed run or missed deadline until a run ended well.

    `in_shadow` says whether the feed's alerts were only counted when it began.
    """

    feed: FeedName
    began_at: datetime
    is_late: bool = False
    in_shadow: bool = False


@dataclass(frozen=True, slots=True)
class ScoredCard:
    """One card as the scorecard counts it.

    Attributes:
        reach: Since when it spoke of each of its feeds, and was told.
        teams: The teams that it was meant for.
        until: When it was over; trouble after that was not foretold by it.
        is_shadow: Whether it was only counted.
        right: Whether what it foretold came; None while that is open, and where nobody can say.
        is_neither: Whether it was expected or prevented.
    """

    reach: Mapping[FeedName, datetime]
    teams: frozenset[TeamId]
    until: datetime
    is_shadow: bool = False
    right: bool | None = None
    is_neither: bool = False

    def foretells(self, trouble: FeedTrouble) -> bool:
        """Return whether it spoke of the feed before its trouble and was not over by then."""
        since = self.reach.get(trouble.feed)
        return since is not None and since < trouble.began_at <= self.until


@dataclass(frozen=True, slots=True)
class EstimateTally:
    """Estimates of one feed that promised about the same.

    Attributes:
        asked: How many there were.
        came: After how many of them trouble came within the hour.
        promised: The sum of their probabilities; squares: the sum of their squared errors.
    """

    feed: FeedName
    asked: int
    came: int
    promised: float
    squares: float


@dataclass(frozen=True, slots=True)
class ForecastRecord:
    """What was promised and what came, since a moment."""

    since: datetime
    troubles: Sequence[FeedTrouble]
    estimates: Sequence[EstimateTally]


@dataclass
class Ledger:
    """What a line of a scorecard is counted from; `unheard` are troubles of which people had asked not to be
    told, `weeks` is how long was watched."""

    cards: list[ScoredCard] = field(default_factory=list)
    troubles: list[FeedTrouble] = field(default_factory=list)
    unheard: list[FeedTrouble] = field(default_factory=list)
    estimates: list[EstimateTally] = field(default_factory=list)
    weeks: float = 1.0

    def by_feed(self) -> dict[FeedName, "Ledger"]:
        """Return what concerns each feed: the cards that name it, its troubles and estimates."""
        found: dict[FeedName, Ledger] = {}
        for card in self.cards:
            for name in card.reach:
                found.setdefault(name, Ledger(weeks=self.weeks)).cards.append(card)
        for trouble in self.troubles:
            found.setdefault(trouble.feed, Ledger(weeks=self.weeks)).troubles.append(trouble)
        for trouble in self.unheard:
            found.setdefault(trouble.feed, Ledger(weeks=self.weeks)).unheard.append(trouble)
        for tally in self.estimates:
            found.setdefault(tally.feed, Ledger(weeks=self.weeks)).estimates.append(tally)
        return found

    def by_team(self, teams: Mapping[FeedName, TeamId]) -> dict[TeamId, "Ledger"]:
        """Return what concerns each team: the cards meant for it, the troubles and estimates of its feeds."""
        found: dict[TeamId, Ledger] = {}
        for name, part in self.by_feed().items():
            team = found.setdefault(teams.get(name, TeamId("")), Ledger(weeks=self.weeks))
            team.troubles += part.troubles
            team.unheard += part.unheard
            team.estimates += part.estimates
        for card in self.cards:
            for team_id in card.teams:
                found.setdefault(team_id, Ledger(weeks=self.weeks)).cards.append(card)
        return found


def weeks_between(begin: datetime, end: datetime) -> float:
    """Return the length of a stretch in weeks, a day at least."""
    return max((end - begin) / _WEEK, _LEAST_WEEKS)


def tallied(judged: Iterable[Judged]) -> list[EstimateTally]:
    """Return the estimates of one feed, counted by what they promised."""
    steps: dict[int, list[Judged]] = {}
    for one in judged:
        steps.setdefault(int(one.probability * STEPS), []).append(one)
    return [
        EstimateTally(
            some[0].feed,
            len(some),
            sum(one.came_true for one in some),
            sum(one.probability for one in some),
            sum((one.probability - one.came_true) ** 2 for one in some),
        )
        for some in steps.values()
    ]


def troubles_as_said(
    troubles: Iterable[FeedTrouble], words: Mapping[str, Sequence[Word]]
) -> list[FeedTrouble]:
    """Return troubles as people's words have them; what they expected is left to its mute."""
    found = [
        one
        for one in troubles
        if not any(
            word.verdict in (Verdict.DID_NOT_HAPPEN, Verdict.PREVENTED)
            and word.since < one.began_at <= word.until
            for word in words.get(one.feed, ())
        )
    ]
    told = {(one.feed, one.began_at): one for one in found}
    for word in (word for some in words.values() for word in some if word.verdict is Verdict.HAPPENED):
        known = [one for one in found if one.feed == word.feed and word.since < one.began_at <= word.until]
        if not known:
            told.setdefault((word.feed, word.came_at), FeedTrouble(word.feed, word.came_at))
    return sorted(told.values(), key=lambda one: (one.feed, one.began_at))


def score_row(scope: str, ledger: Ledger, *, basis: str = "live") -> ScoreRow:
    """Return a line of a scorecard."""
    asked = sum(one.asked for one in ledger.estimates)
    came = sum(one.came for one in ledger.estimates)
    brier = sum(one.squares for one in ledger.estimates) / asked if asked else 0.0
    floor = came / asked * (1.0 - came / asked) if asked else 0.0
    return ScoreRow(
        scope=scope,
        basis=basis,
        told=score_cards(ledger, in_shadow=False),
        shadow=score_cards(ledger, in_shadow=True),
        questions=asked,
        came_true=came,
        brier=brier,
        brier_skill=1.0 - brier / floor if floor > 0.0 else 0.0,
        reliability=_reliability(ledger.estimates),
    )


def score_cards(ledger: Ledger, *, in_shadow: bool) -> CardScore:
    """Return how good the cards were that people were told, or those that were only counted."""
    cards = [card for card in ledger.cards if card.is_shadow is in_shadow]
    troubles = [one for one in ledger.troubles if one.in_shadow is in_shadow]
    naming = cards_by_feed(cards)
    leads = []
    for one in troubles:
        told = [card.reach[one.feed] for card in naming.get(one.feed, ()) if card.foretells(one)]
        if told:
            leads.append((one.began_at - min(told)).total_seconds() / 60.0)
    right = sum(card.right is True for card in cards)
    wrong = sum(card.right is False for card in cards)
    return CardScore(
        cards=len(cards),
        right=right,
        wrong=wrong,
        neither=sum(card.is_neither for card in cards),
        precision=right / (right + wrong) if right + wrong else None,
        troubles=len(troubles),
        foretold=len(leads),
        unheard=sum(one.in_shadow is in_shadow for one in ledger.unheard),
        recall=len(leads) / len(troubles) if troubles else None,
        lead_minutes=(_share(leads, 0.1), _share(leads, 0.5), _share(leads, 0.9)) if leads else None,
        cards_a_week=len(cards) / ledger.weeks,
    )


def cards_by_feed(cards: Iterable[ScoredCard]) -> dict[FeedName, list[ScoredCard]]:
    """Return the cards that name each feed."""
    found: dict[FeedName, list[ScoredCard]] = {}
    for card in cards:
        for name in card.reach:
            found.setdefault(name, []).append(card)
    return found


def _reliability(estimates: Sequence[EstimateTally]) -> tuple[Part, ...]:
    """Return (mean promise, frequency, count) of parts of the estimates, by rising promise.

    Nearly all estimates are small, and people are told of the others: parts of equal numbers alone would
    say nothing of those.
    """
    ordered = sorted(estimates, key=lambda one: one.promised / one.asked)
    small = [one for one in ordered if one.promised / one.asked < _GREAT[0]]
    parts = _of_equal_numbers(small)
    waiting: list[EstimateTally] = []
    for low, high in zip(_GREAT, (*_GREAT[1:], math.inf), strict=True):
        waiting += [one for one in ordered if low <= one.promised / one.asked < high]
        if sum(one.asked for one in waiting) >= _LEAST:
            parts.append(_part(waiting))
            waiting = []
    return (*parts, _part(waiting)) if waiting else tuple(parts)


def _part(some: Sequence[EstimateTally]) -> Part:
    asked = sum(one.asked for one in some)
    return sum(one.promised for one in some) / asked, sum(one.came for one in some) / asked, asked


def _of_equal_numbers(ordered: Sequence[EstimateTally]) -> list[Part]:
    total = sum(one.asked for one in ordered)
    rows: list[Part] = []
    promised, came, asked, before = 0.0, 0, 0, 0
    for place, one in enumerate(ordered):
        promised, came, asked = promised + one.promised, came + one.came, asked + one.asked
        is_last = place == len(ordered) - 1
        if is_last or before + asked >= total * (len(rows) + 1) / _BINS:
            rows.append((promised / asked, came / asked, asked))
            before += asked
            promised, came, asked = 0.0, 0, 0
    return rows


def _share(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)

"""Which figures stand first on the scorecard: what people were told, as soon as there is any of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.watch.feed_health import CardScore, ScorecardView, ScoreRow


@dataclass(frozen=True, slots=True)
class Headline:
    """The figures, and in words what they are counted of."""

    words: str
    score: CardScore


def headline_of(card: ScorecardView) -> Headline | None:
    """Return what was told live, else what was only counted, else the backtest; None before any of them.

    A house whose feeds are all in shadow has told nobody anything: rows of dashes would say that nothing is
    known of it.
    """
    if card.overall is not None and _says_something(card.overall.told):
        return Headline("What people were told.", card.overall.told)
    if card.overall is not None and _says_something(card.overall.shadow):
        return Headline("Nothing was told to people yet: this was only counted.", card.overall.shadow)
    if card.backtest is not None:
        past = "Nothing was judged live yet: this is the backtest, past runs that the model had not seen."
        return Headline(past, card.backtest.told)
    return None if card.overall is None else Headline("No card and no trouble yet.", card.overall.told)


def spoken(rows: Sequence[ScoreRow]) -> list[ScoreRow]:
    """Return the lines of which people were told something, or to whom something came untold."""
    return [row for row in rows if _says_something(row.told)]


def _says_something(score: CardScore) -> bool:
    return score.cards > 0 or score.troubles > 0

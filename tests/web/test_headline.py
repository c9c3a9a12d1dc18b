"""What stands first on the scorecard: what people were told, and never a row of dashes beside figures."""

from pathlib import Path

import pytest

from domain.identity.people import Role
from domain.watch.feed_health import CardScore, ScorecardView, ScoreRow
from tests.web.feeds import add_scorecard
from tests.web.house import WebHouse
from web.pages.headline import headline_of, spoken

TOLD = CardScore(cards=4, right=3, wrong=1, precision=0.75, troubles=5, foretold=3, recall=0.6)
LATE = CardScore(troubles=2, recall=0.0)
NONE = CardScore()


def _row(told: CardScore, shadow: CardScore = NONE, basis: str = "live") -> ScoreRow:
    return ScoreRow(scope="all feeds", basis=basis, told=told, shadow=shadow)


@pytest.mark.parametrize(
    ("live", "words", "score"),
    [
        (_row(TOLD, LATE), "What people were told", TOLD),
        (_row(LATE, TOLD), "What people were told", LATE),
        (_row(NONE, TOLD), "only counted", TOLD),
        (_row(NONE, NONE), "backtest", TOLD),
        (None, "backtest", TOLD),
    ],
)
def test_the_first_figures_are_those_that_people_can_check(
    live: ScoreRow | None, words: str, score: CardScore
) -> None:
    found = headline_of(ScorecardView(overall=live, backtest=_row(TOLD, basis="backtest")))

    assert found is not None
    assert words in found.words
    assert found.score == score


def test_a_house_that_judged_nothing_has_no_headline() -> None:
    assert headline_of(ScorecardView()) is None


def test_a_line_without_cards_and_troubles_is_left_out_but_never_one_with_a_missed_trouble() -> None:
    rows = [_row(NONE, TOLD), _row(LATE), _row(TOLD)]

    assert spoken(rows) == rows[1:]


async def test_feeds_that_were_only_counted_are_no_rows_of_dashes_and_lead_to_their_page(
    tmp_path: Path,
) -> None:
    house = WebHouse(tmp_path)
    kept = add_scorecard(house)
    assert kept.overall is not None
    silent = kept.overall.model_copy(update={"told": NONE})
    feed = silent.model_copy(update={"scope": "fx_trades"})
    view = kept.model_copy(update={"overall": silent, "teams": (), "feeds": (feed,)})
    with house.transactions.writing() as uow:
        uow.forecasts.keep_scorecard("live", view, house.clock.now())

    async with house.browser_of(house.knows("erin", Role.ENGINEER)) as browser:
        page = " ".join((await browser.get("/dashboard/scorecard")).text.split())

    assert "Nothing was told to people yet: this was only counted." in page
    assert "of 59 cards came true" in page
    assert page.count('<a href="/dashboard/feeds/fx_trades">') == 1, "in shadow, not among what was told"

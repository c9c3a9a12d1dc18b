"""How a table and a row of links read in Teams."""

from bot.cards import adaptive
from bot.cards.ink import Json
from bot.cards.model import Card, Link, Table
from tests.bot.cards.builders import an_ink


def _element(card: Card, kind: str) -> Json:
    drawn = adaptive.render_message(card, an_ink()).card
    return next(
        one
        for one in drawn["body"]
        if one["type"] == kind and (kind != "RichTextBlock" or "selectAction" in one["inlines"][0])
    )


def test_a_column_is_as_wide_as_what_stands_in_it() -> None:
    rows = (("`accept-new-columns`", "low", "x" * 500), ("`drain-node`", "high", ""))
    table = Table(columns=("Runbook", "Risk", "Serves"), rows=rows)

    drawn = _element(Card(title="Runbooks", plain="Runbooks", table=table), "Table")

    assert [column["width"] for column in drawn["columns"]] == [18, 6, 24]


def test_a_row_that_is_longer_than_the_head_and_an_empty_table_are_drawn() -> None:
    table = Table(columns=("A",), rows=(("1", "a second cell"), ()))

    drawn = _element(Card(title="Odd", plain="Odd", table=table), "Table")

    assert [column["width"] for column in drawn["columns"]] == [6, 13]


def test_two_links_do_not_read_as_one() -> None:
    links = (Link(label="Dashboard", target="/dashboard/"), Link(label="REST", target="/api/v1/docs"))

    drawn = _element(Card(title="Help", plain="Help", links=links), "RichTextBlock")

    assert [run["text"] for run in drawn["inlines"]] == ["Dashboard", " · ", "REST"]

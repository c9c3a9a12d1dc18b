"""Small Markdown: what our own parts mark keeps its look, what comes from outside stays literal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.text import Style, literal, spans, told, visible
from bot.presenters.sentences import refusal
from domain.errors import BadInput


@pytest.mark.parametrize(
    ("said", "look"),
    [
        ("**a b.csv** holds only empty lines.", ("a b.csv", Style.BOLD)),
        ("*column_3* has no time zone.", ("column_3", Style.EMPHASIS)),
        ("Say `kb search lag`.", ("kb search lag", Style.CODE)),
    ],
)
def test_a_phrase_that_a_sentence_of_ours_marks_keeps_its_look(said: str, look: tuple[str, Style]) -> None:
    assert look in [(span.text, span.style) for span in spans(told(said))]


@pytest.mark.parametrize("said", ["2*3*4 rows", "* a * b", "**never closed", "*a*b*", r"a\*b* c", "``"])
def test_every_other_sign_is_literal(said: str) -> None:
    assert [(span.text, span.style) for span in spans(told(said))] == [(said, Style.PLAIN)]


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_no_character_is_lost_but_marks(said: str) -> None:
    shown = visible(said)  # a variation selector is shown as its number

    assert literal(told(said)).replace("*", "").replace("`", "") == shown.replace("*", "").replace("`", "")


def test_a_refusal_shows_the_name_of_a_file_in_bold() -> None:
    card = refusal(BadInput("empty", say="**a.csv** holds only empty lines.", next_step="Drop another."))

    assert spans(card.lead)[0] == spans("**a.csv**")[0]
    assert "*" not in card.plain

"""How the words of an article read on a card: emphasis is drawn, nothing else of an outside text is."""

import json

import pytest

from bot.cards import adaptive, blockkit, html
from bot.cards.model import Card
from bot.cards.text import Span, Style, spans
from bot.presenters.answers import passage_sections
from tests.bot.cards.builders import an_ink

HOSTILE = "Read *<https://x.example|the bank>* and **<!channel>** at [here](https://x.example)"


def test_what_an_article_emphasises_is_drawn_and_marks_of_a_list_are_not() -> None:
    (section,) = passage_sections("## Then\n\n* close *both\nvalves*, **twice**\n* type `drain`, 2*3*4 times")

    assert spans(section.text) == [
        Span("Then\n\n\u2022 close "),
        Span("both valves", Style.EMPHASIS),
        Span(", "),
        Span("twice", Style.BOLD),
        Span("\n\u2022 type "),
        Span("drain", Style.CODE),
        Span(", 2*3*4 times"),
    ]


@pytest.mark.proves("D6")
def test_an_emphasised_text_neither_links_nor_mentions_anywhere() -> None:
    card = Card(title="t", plain="t", sections=passage_sections(HOSTILE))

    page = html.render_message(card, an_ink()).fragment
    slack = json.dumps(blockkit.render_message(card, an_ink()).blocks)
    teams = json.dumps(adaptive.render_message(card, an_ink()).card)

    assert "<em>&lt;https://x.example|the bank&gt;</em>" in page
    assert "<a " not in page
    assert "<https" not in slack
    assert "<!channel>" not in slack
    assert "entities" not in teams, "nobody is mentioned"

"""What an answer has to say beside itself stands on its card, and where only plain text is read."""

from bot.presenters.answers import question_card
from domain.identity.chat import Place, Platform
from domain.knowledge.articles import Answer
from domain.knowledge.library import AskedQuestion
from tests.knowledge.builders import NOON, a_room, an_article, everybody, some_articles


def _asked(answer: Answer) -> AskedQuestion:
    place = Place(platform=Platform.WEB, workspace="web", channel="#data")
    return AskedQuestion(id="q1", text=answer.question, place=place, at=NOON, answer=answer)


def test_the_card_names_an_older_version_and_what_it_says_otherwise() -> None:
    text = "The ledger gateway refuses connections. Set `gateway.pool_size` to `{}` and restart it."
    old = an_article("old", "Ledger gateway", text.format(20), updated_at=NOON.replace(year=2024))
    new = an_article("new", "Ledger gateway", text.format(64))

    answer = a_room([old, new, *some_articles()]).answer("ledger gateway refuses connections", everybody())
    card = question_card(_asked(answer), {}, {})

    assert "gateway.pool" in card.lead
    assert "01 Mar 2024" in card.lead
    assert "An older version" in card.plain


def test_the_card_of_an_unknown_says_that_the_question_is_in_another_language() -> None:
    answer = a_room().answer("Wie leere ich einen Knoten und wo ist das Lager?", everybody())

    assert "seems to be German" in question_card(_asked(answer), {}, {}).lead

"""Who owns a thing is a line of the article about it."""

import pytest

from domain.knowledge.articles import AnswerKind
from knowledge.owners import owner_passage, thing_owned
from knowledge.prepared import Vocabulary, prepare
from tests.knowledge.builders import a_room, an_article, everybody, some_articles

MERGES = an_article(
    "ch", "ClickHouse merges", "Too many parts: batch the writer.\n\nowner: team atlas, #atlas"
)
PORTAL = an_article(
    "p", "Certificates of the portal", "They end in June. **Owner:** the web team.\n\n## Renew\n\nAsk."
)
RENT = an_article("r", "Rented hosts", "The vendor is the owner of the racks and responsible for the fans.")


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("who owns clickhouse?", "team atlas"),
        ("Who is responsible for the portal certificates?", "web team"),
        ("which team maintains ClickHouse merges", "team atlas"),
    ],
)
def test_the_owner_that_an_article_names_is_told(question: str, says: str) -> None:
    answer = a_room([MERGES, PORTAL, RENT, *some_articles()]).answer(question, everybody())

    assert answer.kind is AnswerKind.QUOTED
    assert says in answer.text


@pytest.mark.parametrize(
    "question", ["who owns the fraud model?", "who owns the rabbits?", "who runs the pharmacy system?"]
)
def test_the_owner_of_what_no_article_is_about_is_unknown(question: str) -> None:
    assert a_room([MERGES, PORTAL, RENT]).answer(question, everybody()).kind is AnswerKind.UNKNOWN


def test_the_owner_of_a_file_in_a_command_owns_no_system() -> None:
    text = "Say `chown owner:group /data`.\n\n```yaml\nowner: root\n```\n"

    assert (
        owner_passage(prepare(an_article("k", "Kafka disk", text), Vocabulary()), frozenset({"kafka"}))
        is None
    )
    named = an_article("k", "Kafka disk", f"{text}\nOwner:@mei")
    assert owner_passage(prepare(named, Vocabulary()), frozenset({"kafka"})) == 0


def test_only_who_asks_for_an_owner_asks_for_one() -> None:
    assert not thing_owned("who may approve a release of the portal?")
    assert not thing_owned("the user who owns the lock is gone")
    assert thing_owned("and who owns it?") <= {"it"}

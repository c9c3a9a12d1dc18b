"""An answer cites what answers: passages of the right article, those that were asked for first."""

import numpy as np
import pytest

from domain.ids import ArticleId
from domain.knowledge.articles import AnswerKind
from knowledge.base import KnowledgeRoom
from knowledge.embedding import Vectors
from knowledge.parts import parts_of
from knowledge.passages import cut
from knowledge.quoting import passages_to_cite
from runtime.library.seed import shipped
from tests.knowledge.builders import NOON, WordEncoder, a_room, an_article, everybody, some_articles

RUNBOOK = (
    "A disk has little room.\n\n## Likely causes\n\nLogs grow.\n\n## What to do\n\nRotate the logs.\n\n"
    "## How to check\n\nA fifth is free."
)


@pytest.fixture(scope="module")
def room() -> KnowledgeRoom:
    return a_room(list(shipped(NOON)))


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("my disk is almost full, what now?", "seed-disk-almost-full"),
        ("how do I drain a node?", "seed-drain-node"),
        ("connection pool is exhausted", "seed-database-connections"),
        ("the same file was loaded twice", "seed-feed-duplicate-rows"),
        ("what does sev2 mean?", "seed-severity-levels"),
    ],
)
def test_every_citation_is_of_the_article_that_answers(
    room: KnowledgeRoom, question: str, article: str
) -> None:
    answer = room.answer(question, everybody())

    assert answer.kind is AnswerKind.QUOTED
    assert {one.article for one in answer.citations} == {ArticleId(article)}


def test_a_passage_that_says_it_is_quoted_rather_than_one_that_mentions_its_words() -> None:
    class Meaning(WordEncoder):
        def encode(self, texts: list[str]) -> Vectors:
            found = super().encode(texts)
            said = [row for row, text in enumerate(texts) if "what does" in text or "not available" in text]
            found[said] = np.eye(1, self.width, dtype=np.float32)
            return found

    text = (
        "## How to change it\n\nSay E4711 to clear E4711.\n\n"
        "## List of codes\n\nE4711 of the gateway: the issuer is not available."
    )
    codes = an_article("codes", "Codes", text)

    answers = [
        a_room([codes], encoder=encoder).answer("what does E4711 mean?", everybody())
        for encoder in (WordEncoder(), Meaning("meaning/64"))
    ]

    assert [one.citations[0].heading for one in answers] == ["How to change it", "List of codes"]


def test_two_questions_in_one_are_answered_each_from_its_own_article(room: KnowledgeRoom) -> None:
    answer = room.answer("How do I drain a Kubernetes node, and what does sev2 mean?", everybody())

    assert [one.article for one in answer.citations] == ["seed-drain-node", "seed-severity-levels"]
    assert answer.unanswered == ()
    assert all(f"{one.quote} [{one.number}]" in answer.text for one in answer.citations)


def test_of_two_questions_the_one_that_is_not_known_is_named(room: KnowledgeRoom) -> None:
    answer = room.answer("How do I drain a Kubernetes node? Who waters the zeppelin plants?", everybody())

    assert {one.article for one in answer.citations} == {"seed-drain-node"}
    assert answer.unanswered == ("Who waters the zeppelin plants",)


def test_a_second_question_that_leans_on_the_first_is_not_taken_apart() -> None:
    assert parts_of("why is the disk full and how do I know that it is fixed?") == []
    assert parts_of("how do I drain a node?") == []
    assert parts_of("search and rescue of lost nodes") == []


@pytest.mark.parametrize(
    ("question", "headings"),
    [
        ("why is the disk full?", ["Likely causes"]),
        ("disk full, what now?", ["What to do"]),
        ("how do I know that it is fixed?", ["How to check", "What to do"]),
        ("the disk is full", ["What to do"]),
        ("why is the disk full and how do I fix it?", ["Likely causes", "What to do"]),
        ("which disk is it?", []),
    ],
)
def test_what_is_asked_for_comes_first(question: str, headings: list[str]) -> None:
    cuts = cut(RUNBOOK)

    cited = passages_to_cite(0, cuts, question)

    assert [cuts[number].heading for number in cited] == [*headings, ""]


@pytest.mark.parametrize(
    ("text", "best", "cited"),
    [
        ("Consumers fall behind.\n\n## Check\n\nSee the board.\n\n## Mend\n\n1. Scale.\n2. Wait.", 0, [2, 0]),
        ("It lags.\n\n## Kafka\n\nSlow.\n\n### Act\n\n1. Scale.\n2. Wait.", 1, [2, 1]),
        ("It lags.\n\n## Kafka\n\nSlow.\n\n## Redis\n\n1. Scale.\n2. Wait.", 1, [1]),
        ("Consumers fall behind.\n\n## Contacts\n\nThe desk.", 0, [0]),
        ("1. Scale.\n2. Wait.\n\n## Later\n\n1. Scale down.\n2. Tell.", 0, [0]),
    ],
)
def test_who_asks_what_to_do_gets_the_steps_whatever_their_heading_says(
    text: str, best: int, cited: list[int]
) -> None:
    assert passages_to_cite(best, cut(text), "what do I do when consumers fall behind?") == cited


@pytest.mark.parametrize(
    ("question", "cited"), [("how do I stop the ledger?", [2, 0]), ("how do I rebuild the ledger?", [0])]
)
def test_steps_for_another_task_of_the_same_article_are_not_quoted(question: str, cited: list[int]) -> None:
    cuts = cut("The ledger books.\n\n## Start\n\n1. Call.\n2. Wait.\n\n## Stop\n\n1. Drain.\n2. Halt.")

    assert passages_to_cite(0, cuts, question) == cited


def test_two_questions_that_one_article_answers_in_two_places_are_both_answered() -> None:
    vault = an_article(
        "vault", "Vault token",
        "## How to rotate the vault token\n\nRun `vaultctl rotate --all` on the bastion.\n\n"
        "## How to check that services use the new vault token\n\nOpen the token dashboard.",
    )  # fmt: skip

    answer = a_room([vault, *some_articles()]).answer(
        "How do I rotate the vault token and how can I check that services use the new vault token?",
        everybody(),
    )

    assert [one.passage for one in answer.citations] == [0, 1]
    assert "vaultctl rotate" in answer.text
    assert "token dashboard" in answer.text


@pytest.mark.timeout(30)
def test_a_question_full_of_blanks_is_parted_at_once() -> None:
    blanks = " " * 200_000

    assert parts_of(f"how do I drain a node{blanks}and then") == []
    assert parts_of(f"how do I drain a node?{blanks}who owns orders_etl?") == [
        "how do I drain a node",
        "who owns orders_etl",
    ]

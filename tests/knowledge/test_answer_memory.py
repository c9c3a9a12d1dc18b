"""Answers that are remembered for a moment, and never across rights, votes or changes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.errors import OutsideTrouble
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import Answer, AnswerKind, Outcome, OutcomeKind
from knowledge.answer_memory import AnswerMemory
from tests.knowledge.builders import NOON, PAYMENTS, a_room, an_article, everybody, some_articles

QUESTION = "How do I fix it when the file system of a node is full?"


def _answer(text: str = "x") -> Answer:
    return Answer(kind=AnswerKind.UNKNOWN, question="q", text=text)


def test_who_asks_while_the_same_is_searched_waits_for_that_answer() -> None:
    memory, searches, begun, go = AnswerMemory(), [], threading.Event(), threading.Event()

    def search() -> Answer:
        searches.append(1)
        begun.set()
        go.wait(10)
        return _answer()

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(memory.answer, "k", search)
        begun.wait(10)
        others = [pool.submit(memory.answer, "k", search) for _ in range(4)]
        go.set()

        assert {id(one.result(10)) for one in (first, *others)} == {id(first.result())}
    assert len(searches) == 1


def test_an_error_is_not_remembered_and_old_answers_are_searched_anew() -> None:
    now = [0.0]
    memory = AnswerMemory(seconds=30, clock=lambda: now[0])

    def fails() -> Answer:
        raise OutsideTrouble("away", say="Away.")

    with pytest.raises(OutsideTrouble):
        memory.answer("k", fails)
    first = memory.answer("k", lambda: _answer("one"))
    second = memory.answer("k", lambda: _answer("two"))
    now[0] = 31.0

    assert (first.text, second.text) == ("one", "one")
    assert memory.answer("k", lambda: _answer("three")).text == "three"


def test_only_so_many_answers_are_kept() -> None:
    memory = AnswerMemory(most=2)
    for key in ("a", "b", "c"):
        memory.answer(key, lambda key=key: _answer(key))

    assert memory.answer("a", lambda: _answer("again")).text == "again"
    assert memory.answer("c", lambda: _answer("again")).text == "c"


def test_what_is_remembered_is_given_to_nobody_with_other_rights() -> None:
    text = "## Fix\n\nWhen the file system of a node is full, rotate the vault logs to fix it."
    secret = an_article("secret", "Node file system full", text, readers=frozenset({PAYMENTS}))
    room = a_room([*some_articles(), secret])

    theirs = room.answer(QUESTION, everybody().model_copy(update={"audiences": frozenset({PAYMENTS})}))
    mine = room.answer(QUESTION, everybody())

    assert "vault" in theirs.text
    assert "vault" not in mine.model_dump_json()


def test_a_vote_and_a_changed_article_are_seen_by_the_next_answer() -> None:
    room = a_room()
    before = room.answer(QUESTION, everybody())
    room.note([Outcome(article=ArticleId("disk"), kind=OutcomeKind.WORKED, at=NOON, person=PersonId("p"))])
    voted = room.answer(QUESTION, everybody())
    text = "## Fix\n\nCall the night shift when the file system of a node is full."
    room.index([an_article("disk", "NodeFilesystemFull", text)])

    assert (before.citations[0].worked, voted.citations[0].worked) == (0, 1)
    assert "night shift" in room.answer(QUESTION, everybody()).model_dump_json()

"""Questions in other languages than English: said so, and found by what they name."""

import pytest

from domain.knowledge.articles import AnswerKind
from knowledge.embedding import NoEncoder
from knowledge.languages import foreign_language, names_in
from runtime.library.seed import shipped
from tests.knowledge.builders import NOON, a_room, an_article, everybody, some_articles


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Die Festplatte ist voll, was nun?", "German"),
        ("Wie leere ich einen Knoten?", "German"),
        ("Comment vider un nœud ?", "French"),
        ("¿Cómo reinicio el servicio del banco?", "Spanish"),
        ("Il disco è pieno, cosa faccio?", "Italian"),
        ("Jak i gdzie jest nowy serwer?", "Polish"),
        ("Hoe maak ik het knooppunt leeg?", "Dutch"),
        ("ディスクがいっぱいです。", "Japanese"),
        ("磁盘满了怎么办", "Chinese"),
        ("디스크가 가득 찼습니다", "Korean"),
        ("القرص ممتلئ", "Arabic"),
    ],
)
def test_the_language_of_a_question_is_told(question: str, language: str) -> None:
    assert foreign_language(question) == language


@pytest.mark.parametrize(
    "question",
    [
        "why did the pod die in the night?",
        "How do I restart Le Monde's feed?",
        "KubePodCrashLooping",
        "disk full",
        "what is the SLO of la_plata and de_rates?",
        "error: no such file or directory: /var/log/el.log",
        "rows per file per table",
        "file late at 09:00 IST not 10:00 IST",
        "ORA-01653 TS_FX",
        "i need po number",
        "load limit per user per day",
    ],
)
def test_english_and_what_is_too_short_is_taken_for_no_other_language(question: str) -> None:
    assert foreign_language(question) == ""


def test_i_dont_know_says_that_english_is_what_is_understood() -> None:
    answer = a_room().answer("Wie leere ich einen Knoten und wo ist das Lager?", everybody())

    assert answer.kind is AnswerKind.UNKNOWN
    assert "seems to be German" in answer.text
    assert answer.remarks
    assert answer.remarks[0] in answer.text


def test_an_error_code_is_found_in_a_question_of_any_language() -> None:
    rows = "\n".join(
        f"| CLR-{n:03d} | fault number {n} of the adapter | replay batch {n * 7} |" for n in range(60)
    )
    codes = an_article("clr", "Error codes", f"| code | meaning | what to do |\n| --- | --- | --- |\n{rows}")
    room = a_room([codes, *shipped(NOON)], encoder=NoEncoder())

    answer = room.answer(
        "CLR-041: was heißt das bitte und was soll ich nun tun, wenn niemand erreichbar ist?", everybody()
    )

    assert [one.article for one in answer.citations] == ["clr"]
    assert "| CLR-041 |" in answer.text
    assert answer.remarks == ("Your question seems to be German: I looked for CLR-041 alone.",)


def test_half_of_what_a_question_names_is_no_answer() -> None:
    codes = an_article("clr", "Clearing errors", "CLR-041 means that the queue of the adapter is full.")

    answer = a_room([codes, *some_articles()]).answer(
        "ZZZ-999 の意味は何ですか、教えてください。", everybody()
    )

    assert answer.kind is AnswerKind.UNKNOWN


def test_names_are_identifiers_and_no_plain_words() -> None:
    assert names_in("Was bedeutet CLR-041 im ledger_gw von NodeNotReady?") == "CLR-041 ledger_gw NodeNotReady"

"""Search: words, names, rights."""

import pytest

from domain.ids import ArticleId
from domain.knowledge.articles import ArticleKind, ArticleState, Narrowing, Query
from knowledge.embedding import NoEncoder
from knowledge.spelling import put_right
from tests.knowledge.builders import PAYMENTS, a_payer, a_room, an_article, everybody, some_articles


def ids(hits: object) -> list[str]:
    return [hit.article for hit in hits]  # type: ignore[attr-defined]


def test_the_words_of_an_alert_find_its_runbook() -> None:
    room = a_room()

    hits = room.search(Query(text="the file system of node web-14 at 10.0.12.34:9100 is full"), everybody())

    assert hits[0].article == "disk"


def test_a_camel_case_name_finds_the_article_titled_by_it() -> None:
    room = a_room()

    hits = room.search(Query(text="", name="KafkaConsumerLagHigh"), everybody())

    assert hits[0].article == "kafka"


def test_a_service_named_in_the_query_brings_its_article() -> None:
    room = a_room()

    hits = room.search(
        Query(text="The primary SLI of the redis service has not received traffic"), everybody()
    )

    assert hits[0].article == "redis"


def test_the_best_passage_of_the_article_is_the_one_that_meets_the_words() -> None:
    room = a_room()

    hits = room.search(Query(text="scale the consumer deployment and add partitions"), everybody())

    assert hits[0].passage.heading == "Fix"


@pytest.mark.proves("M7")
def test_an_asker_without_the_right_never_sees_the_only_good_article() -> None:
    secret = an_article(
        "secret", "Ledger rotation", "Rotate the ledger canary-8861.", readers=frozenset({PAYMENTS})
    )
    room = a_room([*some_articles(), secret])

    for_jo = room.search(Query(text="rotate the ledger", limit=100), everybody())
    for_pat = room.search(Query(text="rotate the ledger"), a_payer())

    assert "secret" not in ids(for_jo)
    assert ids(for_pat)[0] == "secret"


@pytest.mark.proves("M7")
def test_a_channel_that_others_read_hides_what_the_asker_alone_may_see() -> None:
    secret = an_article("secret", "Ledger rotation", "Rotate the ledger.", readers=frozenset({PAYMENTS}))
    room = a_room([*some_articles(), secret])

    in_general = room.search(Query(text="rotate the ledger", limit=100), a_payer(channel=frozenset()))
    in_their_own = room.search(Query(text="rotate the ledger"), a_payer(channel=frozenset({PAYMENTS})))

    assert "secret" not in ids(in_general)
    assert ids(in_their_own)[0] == "secret"


@pytest.mark.proves("M7")
def test_rights_hold_with_chroma_beside(tmp_path: object) -> None:
    secret = an_article("secret", "Ledger rotation", "Rotate the ledger.", readers=frozenset({PAYMENTS}))
    room = a_room([*some_articles(), secret], folder=tmp_path)  # type: ignore[arg-type]

    hits = room.search(Query(text="rotate the ledger", limit=100), everybody())

    assert "secret" not in ids(hits)


def test_narrowing_keeps_only_what_fits() -> None:
    room = a_room()

    by_feed = room.search(
        Query(text="late", narrowing=Narrowing(feeds=frozenset({"fx_trades"}))), everybody()
    )
    by_kind = room.search(
        Query(text="late", narrowing=Narrowing(kinds=frozenset({ArticleKind.DOC}))), everybody()
    )
    without = Narrowing(exclude=frozenset({ArticleId("disk")}))

    assert ids(by_feed) == ["fx"]
    assert by_kind == ()
    assert "disk" not in ids(
        room.search(Query(text="file system full", narrowing=without, limit=100), everybody())
    )


@pytest.mark.parametrize("state", [ArticleState.DRAFT, ArticleState.RETIRED])
def test_drafts_and_retired_articles_are_not_found(state: ArticleState) -> None:
    room = a_room([an_article("one", "Quota exceeded", "Raise the quota.", state=state)])

    assert room.search(Query(text="quota exceeded"), everybody()) == ()


def test_an_edited_article_is_found_by_its_new_words_only() -> None:
    room = a_room()

    changed = room.index([an_article("slow", "Zookeeper election", "Elect a new leader of the ensemble.")])
    again = room.index([an_article("slow", "Zookeeper election", "Elect a new leader of the ensemble.")])

    assert (changed, again) == (1, 0)
    assert ids(room.search(Query(text="zookeeper leader election"), everybody()))[0] == "slow"
    assert "planner" not in room.search(Query(text="zookeeper"), everybody())[0].passage.text


def test_a_removed_article_is_gone_at_once() -> None:
    room = a_room()

    room.remove([ArticleId("redis")])

    assert "redis" not in ids(room.search(Query(text="redis service memory", limit=100), everybody()))


@pytest.mark.parametrize(
    "text", ["", "🔥🔥🔥", "?" * 50, "x" * 20_000, "日本語の質問 ディスク", "ÄÖÜ größe", "\x00\x1b[31m"]
)
def test_odd_questions_break_nothing(text: str) -> None:
    room = a_room()

    assert isinstance(room.search(Query(text=text), everybody()), tuple)


def test_the_end_of_a_long_handbook_is_found_as_its_beginning_is() -> None:
    chapters = [f"## Chapter {n}\n\nAbout subsystem {n} and who owns it." for n in range(300)]
    chapters[250] += " The frobnicator of settlement is reset with `frob --reset`."
    room = a_room([*some_articles(), an_article("handbook", "Handbook", "\n\n".join(chapters))])

    (first, *_) = room.search(Query(text="the frobnicator of settlement has to be reset"), everybody())

    assert (first.article, first.passage.heading) == ("handbook", "Chapter 250")


@pytest.mark.parametrize(
    "question", ["kafak consumer lag", "scale the consmer deployment", "CONSUMMER fall behind the topic"]
)
def test_a_question_with_a_slip_finds_what_the_right_word_finds(question: str) -> None:
    room = a_room(encoder=NoEncoder())

    hits = room.search(Query(text=question), everybody())

    assert hits[0].article == "kafka"


def test_names_numbers_and_what_machines_wrote_are_left_as_they_are() -> None:
    known = {"consumer": 2.0, "sentry": 3.0, "entry": 1.0, "default": 1.0}

    def right(text: str) -> str:
        return put_right(text, known.keys(), known.get)

    assert right("the consmer lags") == "the consumer lags"
    assert right("our Consmer lags") == "our Consmer lags"
    assert right("consmer-7 and vault and web_consmer lag") == "consmer-7 and vault and web_consmer lag"
    assert right("consmer " * 60) == "consmer " * 60

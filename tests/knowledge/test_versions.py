"""Two versions of one runbook: the newest answers, and the other is told."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import Answer, Article, ArticleKind, ArticleState, Outcome, OutcomeKind
from knowledge.versions import says_it_is_over
from tests.knowledge.builders import PAYMENTS, a_room, an_article, everybody, some_articles

_FIX = (
    "## When\n\nThe ledger gateway refuses connections.\n\n## Fix\n\n1. Set `gateway.pool_size` to `20`.\n"
    "2. Restart the ledger gateway with `svc restart ledger-gw`.\n3. Wait five minutes.\n"
)
_QUESTION = "How do I fix it when the ledger gateway refuses connections?"


def _old(**more: object) -> Article:
    facts = {"updated_at": datetime(2024, 1, 5, tzinfo=UTC)} | more
    return an_article("gw-old", "Ledger gateway refuses connections", _FIX, **facts)


def _new(**more: object) -> Article:
    text = _FIX.replace("`20`", "`64`").replace("Wait five minutes", "Watch the dashboard")
    facts = {"updated_at": datetime(2026, 2, 5, tzinfo=UTC)} | more
    return an_article("gw-new", "Ledger gateway refuses connections (v2)", text, **facts)


def _asked(*articles: Article) -> Answer:
    return a_room([*articles, *some_articles()]).answer(_QUESTION, everybody())


def test_the_newest_version_answers_and_the_older_one_is_told_with_what_differs() -> None:
    answer = _asked(_old(), _new())

    assert {one.article for one in answer.citations} == {"gw-new"}
    assert "`64`" in answer.text
    (remark,) = answer.remarks
    assert "An older version" in remark
    assert "of 05 Jan 2024" in remark
    assert "gateway.pool_size: 64 here, 20 there" in remark


def test_which_version_answers_does_not_hang_on_the_order_in_which_they_came() -> None:
    assert _asked(_new(), _old()).citations[0].article == _asked(_old(), _new()).citations[0].article


def test_a_newer_version_that_people_doubt_does_not_take_the_place_of_one_that_holds() -> None:
    doubted = _new(state=ArticleState.STALE)

    answer = _asked(_old(), doubted)

    assert answer.citations[0].article == "gw-old"
    assert "A newer version, which people doubt" in answer.remarks[0]


def test_a_newer_version_that_failed_for_people_does_not_take_the_place_either() -> None:
    room = a_room([_old(), _new(), *some_articles()])
    lately = datetime.now(UTC) - timedelta(days=1)
    room.note(
        Outcome(article=ArticleId("gw-new"), kind=OutcomeKind.FAILED, at=lately, person=PersonId(f"p{n}"))
        for n in range(3)
    )

    assert room.answer(_QUESTION, everybody()).citations[0].article == "gw-old"


def test_a_version_that_the_asker_may_not_read_is_neither_quoted_nor_told() -> None:
    answer = _asked(_old(), _new(readers=frozenset({PAYMENTS})))

    assert answer.citations[0].article == "gw-old"
    assert answer.remarks == ()


def test_a_copy_is_cited_once() -> None:
    answer = _asked(_old(), _old().model_copy(update={"id": ArticleId("gw-copy")}))

    assert len({one.article for one in answer.citations}) == 1
    assert answer.remarks == ()


def test_runbooks_of_one_template_are_no_versions_of_each_other() -> None:
    other = an_article(
        "gw-fx", "FX gateway refuses connections", _FIX.replace("ledger", "fx").replace("`20`", "`8`"),
        updated_at=datetime(2026, 5, 1, tzinfo=UTC),
    )  # fmt: skip

    answer = _asked(_old(), other)

    assert answer.citations[0].article == "gw-old"
    assert "version" not in " ".join(answer.remarks)


@pytest.mark.parametrize(
    "titles",
    [
        ("Restart the old ledger gateway", "Restart the new ledger gateway"),
        ("Ledger gateway refuses connections (EU)", "Ledger gateway refuses connections (US)"),
        ("Ledger API v1 refuses connections", "Ledger API v2 refuses connections"),
        ("Restart legacy ledger gateway", "Restart ledger gateway"),
        ("Restart ledger gateway A", "Restart ledger gateway B"),
    ],
)
def test_what_a_title_calls_another_thing_is_no_version_of_it(titles: tuple[str, str]) -> None:
    first = _old().model_copy(update={"title": titles[0]})
    other = _new().model_copy(update={"title": titles[1]})
    room = a_room([first, other, *some_articles()])

    for article in (first, other):
        answer = room.answer(f"How do I fix this: {article.title}?", everybody())
        assert not any("version" in remark for remark in answer.remarks)


@pytest.mark.parametrize("apart", [{"services": ("ledger",)}, {"feeds": ("ledger_eod",)}])
def test_articles_about_different_things_are_no_versions_whatever_their_titles(
    apart: dict[str, object],
) -> None:
    other = dict.fromkeys(apart, ("payments",))

    answer = _asked(_old(**apart), _new(**other))

    assert not any("version" in remark for remark in answer.remarks)


def test_what_tells_of_two_events_is_no_version_of_each_other() -> None:
    answer = _asked(_old(kind=ArticleKind.POSTMORTEM), _new(kind=ArticleKind.POSTMORTEM))

    assert not any("version" in remark for remark in answer.remarks)


def test_the_version_that_a_question_names_answers() -> None:
    closes = [
        a.model_copy(update={"title": f"Ledger gateway refuses connections {year}"})
        for a, year in ((_old(), 2024), (_new(), 2026))
    ]
    room = a_room([*closes, *some_articles()])

    answer = room.answer(f"{_QUESTION} I mean the one of 2024.", everybody())

    assert {one.article for one in answer.citations} == {"gw-old"}
    assert "A newer version is there" in answer.remarks[0]


def test_an_article_that_is_over_gives_way_to_the_one_it_names_and_says_so() -> None:
    over = an_article(
        "gw-hand", "Ledger gateway refuses connections: by hand",
        "> **Deprecated since March:** see *Mend the ledger gateway*.\n\n" + _FIX,
    )  # fmt: skip
    steps = "## Fix\n\n1. `gwctl mend` on the gateway.\n2. Watch that the ledger gateway takes connections.\n"
    mended = an_article("gw-mend", "Mend the ledger gateway", steps)

    # A title that stands there by chance, within another word, is not named.
    answer = _asked(over, an_article("gw", "Gate", "## Fix\n\n1. Open the ledger gateway's gate.\n"), mended)
    alone = _asked(over)

    assert answer.citations[0].article == "gw-mend"
    assert "says of itself that it no longer holds, and names this one" in answer.remarks[0]
    assert alone.citations[0].article == "gw-hand"
    assert alone.remarks[0].endswith("says of itself that it no longer holds.")


@pytest.mark.parametrize(
    ("text", "is_over"),
    [
        ("OBSOLETE, use the portal.\n", True),
        (":status: deprecated\n", True),
        ("This runbook has been superseded by the portal.\n", True),
        ("# Mend\n\n__Deprecated__ use the portal.\n", True),
        ("> deprecated, see the portal\n", True),
        ("[WARNING] Archived on 3 May\n", True),
        ("Replaced by *Mend the gateway*.\n", True),
        ("*" * 400 + "\nDo not use this runbook any more.\n", True),
        ("*" * 400 + "\nRestart the gateway.\n", False),
        ("Deprecated flags are left out at start.\n", False),
        ("# Archived logs\n\nThey lie in the store.\n", False),
        ("Take out the switch, which is\ndeprecated since 1.3.\n", False),
        ("Do not use this procedure on the primary.\n", False),
        ("```yaml\n# Deprecated: use `pool`.\nsize: 1\n```\n", False),
        ("The v1 interface is deprecated: clients that call it get 410.\n", False),
        ("1. Replace the retired disk.\n", False),
    ],
)
def test_an_article_is_over_when_it_says_so_of_itself(text: str, is_over: bool) -> None:
    assert says_it_is_over(an_article("a", "A title", text)) is is_over


def _numbered(name: str, title: str, text: str, year: int) -> Article:
    return an_article(name, title, text, updated_at=datetime(year, 1, 5, tzinfo=UTC))


def test_of_two_releases_in_otherwise_equal_titles_the_newest_answers_and_a_named_one_stays() -> None:
    former = _numbered(
        "f", "Scheduler upgrade 2.7", "1. Pause all jobs.\n2. Install the scheduler 2.7.3.", 2023
    )
    later = _numbered(
        "l", "Scheduler upgrade 2.9", "1. Drain all workers.\n2. Use the scheduler image 2.9.2.", 2024
    )
    room = a_room([former, later, *some_articles()])

    assert room.answer("how do I upgrade the scheduler?", everybody()).citations[0].article == "l"
    assert room.answer("scheduler upgrade 2.7", everybody()).citations[0].article == "f"


@pytest.mark.parametrize("word", ["Error", "Chapter", "TLS", "Step", "Requirement", "Control"])
def test_numbers_of_codes_chapters_and_protocols_are_no_releases(word: str) -> None:
    text = "Look at the log of the gateway, then ask its owner for the former setting."
    one, other = (
        an_article(name, f"{word} {number}", text + more)
        for name, number, more in (("a", "1.2", ""), ("b", "1.3", " Wait."))
    )

    answer = a_room([one, other, *some_articles()]).answer(f"{word} 1.2 gateway log", everybody())

    assert not any("version" in remark for remark in answer.remarks)


_TUESDAYS = "Deploys happen on Tuesdays. Use `make ship`."
_THURSDAYS = "Deploys happen on Thursdays since March. Use `shipctl deploy risk --canary`."


def _deploys(old: Article, new: Article) -> Answer:
    return a_room([old, new, *some_articles()]).answer("how do I deploy the risk engine?", everybody())


def test_of_two_that_came_on_one_day_the_year_in_a_title_tells_the_newer() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    old = an_article("a", "Deploy the risk engine", _TUESDAYS, updated_at=noon + timedelta(minutes=5))
    new = an_article("b", "Deploy the risk engine (2026)", _THURSDAYS, updated_at=noon)

    answer = _deploys(old, new)

    assert [one.article for one in answer.citations] == ["b"]
    assert answer.remarks[0].startswith("An older version is there, “Deploy the risk engine”")


def test_a_year_in_a_title_does_not_make_an_old_article_newer() -> None:
    old = an_article(
        "a", "Deploy the risk engine (2024)", _TUESDAYS, updated_at=datetime(2024, 1, 1, tzinfo=UTC)
    )
    new = an_article("b", "Deploy the risk engine", _THURSDAYS, updated_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert [one.article for one in _deploys(old, new).citations] == ["b"]


@pytest.mark.parametrize(
    "title",
    [
        "Deploy the risk engine (canary)",
        "Deploy the risk engine (old servers)",
        "Deploy the price engine (2026)",
    ],
)
def test_what_is_in_brackets_makes_no_version_of_another_thing(title: str) -> None:
    old = an_article("a", "Deploy the risk engine", _TUESDAYS)
    new = an_article("b", title, _THURSDAYS, updated_at=datetime(2027, 1, 1, tzinfo=UTC))

    assert not [said for said in _deploys(old, new).remarks if "version" in said]

"""Everyday questions in French ask what they would ask in English; other languages are left as they are."""

from datetime import UTC, datetime

import pytest

from bot.french_words import from_french
from bot.question_kinds import Topic, Wanted
from bot.questions import read
from bot.small_talk import answer_to

NAMES = frozenset({"fx_trades", "fx_rates", "crm_contacts"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "topic", "wanted", "feeds"),
    [
        ("fx_trades est en retard ?", Topic.STATE, Wanted.LATE, ("fx_trades",)),
        ("est-ce que fx_trades est en retard\u00a0?", Topic.STATE, Wanted.LATE, ("fx_trades",)),
        ("comment va fx_trades ?", Topic.STATE, Wanted.ANY, ("fx_trades",)),
        ("\u00e0 qui appartient fx_trades ?", Topic.OWNER, Wanted.ANY, ("fx_trades",)),
        ("combien de lignes fx_trades hier ?", Topic.RUNS, Wanted.ANY, ("fx_trades",)),
        ("combien de temps dure fx_trades en moyenne ?", Topic.RUNS, Wanted.ANY, ("fx_trades",)),
        ("quels flux sont en retard ?", Topic.WHICH, Wanted.LATE, ()),
        ("quels flux ont \u00e9chou\u00e9 cette nuit ?", Topic.WHICH, Wanted.FAILED, ()),
        ("tout va bien ?", Topic.WHICH, Wanted.GOOD, ()),
        ("qu'est-ce qui a chang\u00e9 hier ?", Topic.CHANGED, Wanted.ANY, ()),
        ("qui est d\u2019astreinte ?", Topic.ON_CALL, Wanted.ANY, ()),
    ],
)
def test_a_question_in_french_is_understood(
    text: str, topic: Topic, wanted: Wanted, feeds: tuple[str, ...]
) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.wanted, found.feeds) == (topic, wanted, feeds)


def test_why_in_french_is_diagnosed() -> None:
    found = read("pourquoi fx_trades a \u00e9chou\u00e9 ?", NAMES, NOW)

    assert found is not None
    assert (found.topic, found.command) == (Topic.COMMAND, "why fx_trades failed")


@pytest.mark.parametrize(
    "text",
    [
        "the flux controller is late",
        "is le cap late?",
        "please comment on the change",
        "who reviews the et al files",
        "wie geht es fx_trades?",
    ],
)
def test_what_is_not_french_stays_as_it_is(text: str) -> None:
    assert from_french(text, NAMES) == text


def test_names_of_feeds_stay_and_how_to_goes_to_the_library() -> None:
    assert from_french("est-ce que lignes est en retard ?", {"lignes"}) == "lignes is late ?"
    assert read("comment faire pour relancer fx_trades ?", NAMES, NOW) is None


def test_a_greeting_in_french_is_taken() -> None:
    assert all(answer_to(said) == answer_to("hello") for said in ("bonjour", "salut !", "bonsoir"))

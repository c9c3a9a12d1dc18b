"""Feeds that are in one trouble are one card, and feeds that only rest on the same thing are not."""

from datetime import UTC, datetime

import pytest

from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.predictions import Prediction, Reason, SuchMornings
from domain.watch.watching import Estimate, WatchedFeed
from runtime.wiring.watching.shared_troubles import troubles_of

NOW = datetime(2026, 11, 30, 10, 15, tzinfo=UTC)
FILE = "its source file is 95 min late"
FULL = "its database will be full in about 3 h"


def _estimate(name: str, *reasons: str, level: float = 0.5, **rests_on: object) -> Estimate:
    feed = Feed(FeedName(name), TeamId("t"), Schedule(Rhythm.INTERVAL), **rests_on)  # type: ignore[arg-type]
    said = tuple(Reason(one, 1.0) for one in reasons)
    levels = ((30, level), (45, level), (60, level))
    told = Prediction(feed.name, NOW, levels, None, said, SuchMornings(0, 0), "m")
    return Estimate(WatchedFeed(feed, 0.3, True), told, None, None, None, None, None)


def _cards(*estimates: Estimate) -> list[list[str]]:
    return sorted(sorted(one.members) for one in troubles_of(estimates))


@pytest.mark.parametrize(
    ("place", "fact"),
    [
        ("source", "20% of the runs on its source failed within the hour"),
        ("source", "other feeds on its source are slower than usual"),
        ("source", "its source answers 6.5 times slower than usual"),
        ("source", "its source refuses 40% of connections"),
        ("source", FILE),
        ("source", "its source file is 78% smaller than usual"),
        ("pool", "20% of the runs on its worker pool failed within the hour"),
        ("pool", "other feeds on its worker pool are slower than usual"),
        ("pool", "runs wait 9.9 times longer than usual for a worker"),
    ],
)
def test_three_feeds_that_name_what_they_share_are_one_card(place: str, fact: str) -> None:
    some = [_estimate(name, "it is the end of the month", fact, **{place: "x"}) for name in "abc"]

    assert _cards(*some) == [["a", "b", "c"]]
    assert _cards(*some[:2]) == [["a"], ["b"]], "two may be chance"


def test_feeds_that_fill_one_database_are_one_card_also_where_they_write_to_another() -> None:
    some = [
        _estimate("a", FULL, databases=("d1", "d2")),
        _estimate("b", FULL, databases=("d1",)),
        _estimate("c", FULL, databases=("d3", "d1")),
        _estimate("d", FULL, databases=("d2",)),
    ]

    assert _cards(*some) == [["a", "b", "c"], ["d"]]


def test_feeds_that_rest_on_one_thing_and_do_not_name_it_are_cards_of_their_own() -> None:
    silent = [
        _estimate(name, "its last run failed", source="x", pool="x", databases=("x",)) for name in "abc"
    ]
    elsewhere = [_estimate(name, FILE, source=f"s{name}") for name in "def"]
    nowhere = [_estimate(name, FILE, FULL) for name in "ghi"]
    rows = [_estimate(name, "2% of its rows differ from the source", source="x") for name in "jkl"]

    assert _cards(*silent, *elsewhere, *nowhere, *rows) == [[name] for name in "abcdefghijkl"]


def test_what_is_below_its_level_is_on_no_card() -> None:
    well = [_estimate(name, FILE, level=0.1, source="x") for name in "cd"]

    assert _cards(*[_estimate(name, FILE, source="x") for name in "ab"], *well) == [["a"], ["b"]]


def test_twenty_feeds_of_one_source_are_one_card() -> None:
    ((members),) = _cards(*[_estimate(f"f{n:02d}", FILE, source="s1") for n in range(20)])

    assert len(members) == 20

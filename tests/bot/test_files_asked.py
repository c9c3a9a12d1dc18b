"""A file is asked about, or released, by its name: what came, what became of it, who may decide."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.files_asked import FilesAsked, files_asked_in
from bot.intents import clean
from domain.clock.day_words import said_window
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.identity.chat import FileRef, Incoming, IncomingKind, Place
from domain.identity.people import Role
from domain.ids import FeedName, PersonId, RequestId
from domain.watch.feed_health import QualityPoint
from tests.bot.desk_house import DeskHouse, account_of, place_of
from tests.domain.builders import a_person, a_request

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("what happened to f1.csv?", "f1.csv"),
        ("what happend to f1.csv", "f1.csv"),
        ("release f1.csv", "f1.csv"),
        ("why was trades_2026-11-21.csv.gz held?", "trades_2026-11-21.csv.gz"),
        ("did F1.CSV arrive", "F1.CSV"),
        ("f1.csv?", "f1.csv"),
        ("who can release f1.csv?", "f1.csv"),
        ("is f1.csv still stuck?", "f1.csv"),
        # What only names one.
        ("how do I parse f1.csv?", ""),
        ("the loader chokes on f1.csv since the upgrade", ""),
        ("why does f1.csv break the parser", ""),
        ("where do I put the delimiter in f1.csv", ""),
        ("fetch https://example.org/f1.csv", ""),
        ("what happened to nginx.conf", ""),
        ("what happened to fx_trades?", ""),
        ("release 1.2 of the loader", ""),
    ],
)
def test_a_file_that_is_asked_about_is_told_from_one_that_is_only_named(said: str, name: str) -> None:
    found = files_asked_in(said)

    assert (found.name if found is not None else "") == name


@pytest.mark.parametrize(
    ("said", "is_list"),
    [
        ("which files came in today?", True),
        ("last file", True),
        ("how many files were held this week", True),
        ("which files are late?", False),
        ("did the file arrive?", False),
        ("which files does the backup leave out?", False),
        ("files with a BOM break the loader", False),
    ],
)
def test_the_files_that_came_are_a_list_of_their_own(said: str, is_list: bool) -> None:
    found = files_asked_in(said, (), said_window(said, NOW))

    assert (found is not None and found.is_list) == is_list


def test_an_order_is_told_from_a_question() -> None:
    orders = [
        files_asked_in(said) for said in ("release f1.csv", "please reject f1.csv", "who released f1.csv?")
    ]

    assert [isinstance(one, FilesAsked) and one.is_order for one in orders] == [True, True, False]


def test_a_question_why_a_file_was_held_is_no_question_for_causes(house: DeskHouse) -> None:
    book = house.book

    assert book.find(clean("why was f1.csv held?")) is None
    assert book.find("why is fx_trades late?") is not None


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path)
    made.knows(a_person("ada", Role.DATA_STEWARD, Role.APPROVER), "web")
    made.knows(a_person("sam", Role.STREAM_TEAM), "web")
    now = made.clock.at
    with made.transactions.writing() as uow:
        uow.errands.save(_delivery("d1", "landing/f1.csv", now - timedelta(hours=2)))
        score = QualityPoint(
            measured_at=now, overall=62.0, findings=("uniqueness: key is unique of id, 3 of 9",)
        )
        uow.quality.save_score("d1", FeedName("fx_trades"), score, DeliveryState.HELD, now)
        facts = {
            "opened_at": now,
            "expires_at": now + timedelta(hours=1),
            "policy_version": made.policy.version,
        }
        uow.approvals.save(a_request(id="a1", subject="delivery/d1", title="Release f1.csv anyway?", **facts))
    return made


def _delivery(name: str, file_name: str, at: datetime, **more: object) -> Errand:
    facts: dict[str, object] = {
        "id": name, "kind": ErrandKind.SCORE_DELIVERY, "state": ErrandState.DONE, "asked_by": PersonId("sam"),
        "place": place_of("web"), "at": at, "feed": "fx_trades", "file_name": file_name,
    }  # fmt: skip
    return Errand.model_validate(facts | more)


def _told_alone(house: DeskHouse, person: str, private: Place, said: str) -> str:
    """Return what is told where nobody else reads it."""
    house.act(
        Incoming(
            key=f"web:alone{len(house.cards_to_all())}",
            kind=IncomingKind.MESSAGE,
            account=account_of(person, "web"),
            place=private,
            at=house.clock.at,
            text=said,
            message="m2",
        )
    )
    return _newest(house)


def _told(house: DeskHouse, person: str, said: str) -> str:
    house.say(person, said)
    return _newest(house)


def _newest(house: DeskHouse) -> str:
    card = house.cards_to_all()[-1]
    rows = card.table.rows if card.table else ()
    return " ".join(
        [card.title, card.lead, *(s.text for s in card.sections), *(c for row in rows for c in row)]
    )


def test_what_became_of_a_delivery_is_told_with_why_and_who_decides(house: DeskHouse) -> None:
    told = _told(house, "sam", "what happened to F1.csv?")

    assert "a delivery of **fx_trades**, quality 62 of 100, **held back**" in told
    assert "key is unique of id" in told
    assert "`release F1.csv` shows the question" in told


def test_who_orders_a_release_gets_the_question_with_its_buttons_and_releases_nothing(
    house: DeskHouse,
) -> None:
    house.say("ada", "release f1.csv")

    with house.transactions.reading() as uow:
        about = uow.posting_lookup.about("delivery/d1")
        state = uow.quality.state_of("d1")
    assert [one.subject for one in about] == ["delivery/d1"]
    assert state is not None
    assert state[0] is DeliveryState.HELD


def test_a_name_that_nothing_is_known_of_says_so_and_names_what_comes_near(house: DeskHouse) -> None:
    told = _told(house, "sam", "what happened to f2.csv?")

    assert "I know no file named **f2.csv**" in told
    assert "Did you mean f1.csv?" in told


def test_a_sample_that_somebody_dropped_in_private_is_told_to_nobody_else(house: DeskHouse) -> None:
    private = Place(platform=place_of("web").platform, workspace="main", channel="dm/sam", is_private=True)
    change = ConfigChange(
        id=RequestId("c0000001"), kind=ChangeKind.ONBOARD, state=ChangeState.ASKING, place=private,
        requested_by=PersonId("sam"), authors=frozenset({PersonId("sam")}),
        files=(FileRef(name="secret_deal.csv", size_bytes=3),),
        opened_at=house.clock.at, updated_at=house.clock.at,
    )  # fmt: skip
    with house.transactions.writing() as uow:
        uow.changes.save(change)

    assert "waits for your answers" in _told_alone(house, "sam", private, "what happened to secret_deal.csv?")
    assert "I know no file named" in _told(house, "sam", "what happened to secret_deal.csv?"), "in a channel"
    assert "I know no file named" in _told(house, "ada", "what happened to secret_deal.csv?")


def test_a_delivery_dropped_in_private_is_told_to_nobody_else_unless_approvers_were_asked(
    house: DeskHouse,
) -> None:
    private = Place(platform=place_of("web").platform, workspace="main", channel="dm/sam", is_private=True)
    with house.transactions.writing() as uow:
        uow.errands.save(_delivery("d7", "salaries_26.csv", house.clock.at, feed="salaries", place=private))
        uow.errands.save(_delivery("d1", "landing/f1.csv", house.clock.at, place=private))

    asked = "what happened to salaries_26.csv?"
    assert "a delivery of **salaries**" in _told_alone(house, "sam", private, asked)
    in_channel = _told(house, "sam", asked)
    assert "I know no file named" in in_channel
    assert "dropped in private I tell in private only" in in_channel
    assert "I know no file named" in _told(house, "ada", "what happened to salaries_26.csv?")
    assert "Did you mean" not in _told(house, "ada", "what happened to salaries_27.csv?")
    listed = _told(house, "ada", "which files came in today?")
    assert "salaries" not in listed
    assert "f1.csv" in listed, "its approvers were asked about it by name"


def test_a_name_with_signs_of_a_search_finds_itself_alone(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.errands.save(_delivery("d2", "a%b_c.csv", house.clock.at))
        uow.errands.save(_delivery("d3", "axxbxc.csv", house.clock.at))

    with house.transactions.reading() as uow:
        found = uow.kept_files.handed_in("a%b_c.csv", 5, lambda one: True)

    assert [one.errand.id for one in found] == ["d2"]


def test_the_files_of_a_day_are_listed_with_what_became_of_them(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.errands.save(_delivery("d4", "older.csv", house.clock.at - timedelta(days=3)))

    told = _told(house, "sam", "which files came in today?")

    assert "landing/f1.csv" in told
    assert "older.csv" not in told
    assert "older.csv" not in _told(house, "sam", "how many files were held this week")


def test_private_files_of_others_take_no_place_from_those_that_may_be_told(house: DeskHouse) -> None:
    private = Place(platform=place_of("web").platform, workspace="main", channel="dm/sam", is_private=True)
    now = house.clock.at
    with house.transactions.writing() as uow:
        uow.errands.save(_delivery("open", "rates_26.csv", now - timedelta(hours=3), feed="fx_rates"))
        for number in range(320):
            at = now - timedelta(seconds=number)
            name = "rates_26.csv" if number < 9 else f"pay_{number}.csv"
            uow.errands.save(_delivery(f"p{number}", name, at, feed="salaries", place=private))

    named = _told(house, "ada", "what happened to rates_26.csv?")
    listed = _told(house, "ada", "which files came in today?")

    assert "a delivery of **fx_rates**" in named
    assert "salaries" not in named + listed
    assert "landing/f1.csv" in listed
    assert "Did you mean f1.csv" in _told(house, "ada", "what happened to f3.csv?")
    assert "landing/f1.csv" in _told(house, "ada", "which files were held today?")


def test_what_somebody_dropped_in_private_is_listed_where_nobody_else_reads_the_list(
    house: DeskHouse,
) -> None:
    private = Place(platform=place_of("web").platform, workspace="main", channel="dm/sam", is_private=True)
    with house.transactions.writing() as uow:
        uow.errands.save(_delivery("d7", "salaries_26.csv", house.clock.at, feed="salaries", place=private))

    in_channel = _told(house, "sam", "which files came in today?")
    near_in_channel = _told(house, "sam", "what happened to salaries_27.csv?")
    _told_alone(house, "sam", private, "which files came in today?")
    alone = house.cards_to_all()[-1]

    assert "salaries" not in in_channel + near_in_channel.replace("salaries_27.csv", "")
    assert alone.table is not None
    assert "salaries_26.csv" in str(alone.table.rows)


def test_private_samples_of_others_take_no_place_from_those_that_may_be_told(house: DeskHouse) -> None:
    private = Place(platform=place_of("web").platform, workspace="main", channel="dm/sam", is_private=True)
    with house.transactions.writing() as uow:
        for number in range(7):
            opened = house.clock.at - timedelta(minutes=number)
            change = ConfigChange(
                id=RequestId(f"c000000{number}"), kind=ChangeKind.ONBOARD, state=ChangeState.ASKING,
                place=place_of("web") if number == 6 else private, requested_by=PersonId("sam"),
                authors=frozenset({PersonId("sam")}), files=(FileRef(name="deal.csv", size_bytes=3),),
                opened_at=opened, updated_at=opened,
            )  # fmt: skip
            uow.changes.save(change)

    assert "waits for your answers" in _told(house, "ada", "what happened to deal.csv?")

"""Where cards of long ago stand is forgotten, in pieces; what is open, and the trail, stays."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.reconciling import DailyRef
from activities.tidying import Tidied
from domain.identity.chat import MessageRef
from domain.ids import BlobId, IncidentId
from domain.investigation.incidents import Incident, IncidentKind, IncidentState
from domain.telling.postings import View
from runtime.wiring.watch import tidying_of
from storage.audit.audit_verify import rows_of
from tests.domain.builders import a_posting
from tests.workflows.watch_house import PLACE, WatchHouse

OPEN, CLOSED = "i00000001", "q00000002"
LONG_AGO = timedelta(days=181)


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    made = WatchHouse(tmp_path)
    made.clock.ahead = -LONG_AGO
    return made


def _incident(house: WatchHouse, name: str, kind: IncidentKind, state: IncidentState) -> Incident:
    at = house.clock.now()
    blobs = [house.stores.blobs.put(f"{name} {part}".encode()) for part in ("report", "picture")]
    for blob in blobs:
        os.utime(house.stores.blobs.path(blob), (at.timestamp(), at.timestamp()))
    made = Incident(
        id=IncidentId(name),
        kind=kind,
        state=state,
        title="why were orders late?",
        opened_by="erin",
        place=PLACE,
        opened_at=at,
        updated_at=at,
        began_at=at,
        report=blobs[0],
        pictures=(blobs[1],),
    )
    with house.transactions.writing() as uow:
        uow.incidents.save(made)
    return made


def _post(house: WatchHouse, key: str, subject: str = "", view: View = View.INCIDENT) -> None:
    now = house.clock.now()
    posting = a_posting(view, subject, PLACE, now, key=key, card="{}")
    with house.transactions.writing() as uow:
        uow.postings.add(posting)
        uow.postings.mark_shown(key, MessageRef(place=PLACE, message=f"m-{key}"), 1, now)


def _tidy(house: WatchHouse) -> Tidied:
    return ActivityEnvironment().run(tidying_of(house.settings, house.stores).tidy_files, DailyRef())


def _left(house: WatchHouse, *keys: str) -> list[str]:
    with house.transactions.reading() as uow:
        return [key for key in keys if uow.postings.find(key) is not None]


def test_cards_of_what_is_over_go_and_those_of_what_is_open_stay(house: WatchHouse) -> None:
    _incident(house, OPEN, IncidentKind.INCIDENT, IncidentState.RESOLVED)
    _incident(house, CLOSED, IncidentKind.QUESTION, IncidentState.CLOSED)
    _post(house, "open", f"incident/{OPEN}")
    _post(house, "over", f"incident/{CLOSED}")
    _post(house, "said", view=View.MESSAGE)
    _post(house, "article", "article/a1", View.ARTICLE)
    _post(house, "moved", f"incident/{CLOSED}")
    house.clock.ahead = timedelta(0)
    _post(house, "new", f"incident/{CLOSED}")
    with house.transactions.writing() as uow:
        uow.postings.mark_shown(
            "moved", MessageRef(place=PLACE, message="m"), 1, house.clock.now() - timedelta(days=1)
        )
    before = len(list(rows_of(house.stores.database)))

    tidied = _tidy(house)

    assert (tidied.cards, _tidy(house).cards) == (2, 0)
    assert _left(house, "open", "over", "said", "article", "moved", "new") == [
        "open",
        "article",
        "moved",
        "new",
    ]
    after = len(list(rows_of(house.stores.database)))
    assert after > before, "the trail only grows"


def test_what_is_still_to_be_sent_stays(house: WatchHouse) -> None:
    _post(house, "waits", "incident/gone")
    with house.transactions.writing() as uow:
        uow.postings.refresh("incident/gone", house.clock.now())
    house.clock.ahead = timedelta(0)

    assert _tidy(house).cards == 0
    assert _left(house, "waits") == ["waits"]


def test_reports_and_pictures_of_closed_questions_go_and_what_was_asked_stays(house: WatchHouse) -> None:
    kept = _incident(house, OPEN, IncidentKind.INCIDENT, IncidentState.CLOSED)
    asked = _incident(house, CLOSED, IncidentKind.QUESTION, IncidentState.CLOSED)
    open_one = _incident(house, "q00000003", IncidentKind.QUESTION, IncidentState.OPEN)
    house.clock.ahead = timedelta(0)

    tidied = _tidy(house)

    with house.transactions.reading() as uow:
        after = uow.incidents.get(asked.id)
    assert (tidied.answers, _tidy(house).answers) == (1, 0)
    assert (after.title, after.report, after.pictures) == (asked.title, None, ())
    assert _held(house, asked) == [False, False]
    assert _held(house, kept) == _held(house, open_one) == [True, True]


def test_cards_are_forgotten_a_piece_at_a_time(house: WatchHouse) -> None:
    for number in range(7):
        _post(house, f"k{number}", "incident/gone")
    house.clock.ahead = timedelta(0)

    with house.transactions.writing() as uow:
        gone = uow.postings.forget_before(house.clock.now() - timedelta(days=180), (), 3)

    assert gone == 3
    assert _tidy(house).cards == 4


def _held(house: WatchHouse, incident: Incident) -> list[bool]:
    names: list[BlobId] = [blob for blob in (incident.report, *incident.pictures) if blob is not None]
    return [house.stores.blobs.holds(blob) for blob in names]

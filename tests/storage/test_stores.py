"""Stores on both databases: what is kept once is kept once, and what is final stays."""

import asyncio
import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.approval.approvals import Verdict
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.errors import Collision, NotAllowed, NotFound, NotNow, OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind, MessageRef, Place, Platform
from domain.identity.people import ChatIdentity, Role
from domain.ids import PersonId, RequestId
from domain.stories import StoryCall, StoryKind
from domain.telling.postings import Posting, View
from storage.blobs import DirectoryBlobs
from storage.engine import Database
from storage.inbox_writer import InboxWriter
from storage.migrate import NEWEST, migrate, version_of
from storage.unit_of_work import SqlTransactions
from tests.counterparts.postgres import create_database, drop_database
from tests.domain.builders import NOW, a_decision, a_person, a_posting, a_request

PLACE = Place(platform=Platform.WEB, workspace="web", channel="approvals")
ACCOUNT = Account(platform=Platform.WEB, workspace="web", user="ada")


def _act(key: str) -> Incoming:
    return Incoming(key=key, kind=IncomingKind.PRESS, account=ACCOUNT, place=PLACE, at=NOW)


def _posting(key: str, subject: str = "change/c1") -> Posting:
    return a_posting(View.CHANGE, subject, PLACE, NOW, key=key)


def _change(name: str, sample: str = "s1", state: ChangeState = ChangeState.READING) -> ConfigChange:
    return ConfigChange(
        id=RequestId(name),
        kind=ChangeKind.ONBOARD,
        state=state,
        requested_by=PersonId("sam"),
        place=PLACE,
        sample_hash=sample,
        feed="fx",
        opened_at=NOW,
        updated_at=NOW,
    )


def test_an_act_is_kept_once_and_done_once(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        kept = [uow.inbox.accept(_act("web:1")), uow.inbox.accept(_act("web:1"))]
        before = uow.inbox.unfinished(NOW + timedelta(seconds=1), 10)
        uow.inbox.finish("web:1", NOW)

    with transactions.reading() as uow:
        assert kept == [True, False]
        assert [act.key for act in before] == ["web:1"]
        assert uow.inbox.is_done("web:1")
        assert uow.inbox.unfinished(NOW + timedelta(seconds=1), 10) == []
        assert uow.inbox.count_recent(ACCOUNT, None, NOW, NOW) == 1


@pytest.mark.proves("D2", "D11")
async def test_a_burst_is_kept_in_groups_and_each_key_once(database: Database) -> None:
    writer = InboxWriter(database)

    answers = await asyncio.gather(
        *(asyncio.wrap_future(writer.accept(_act(f"web:{number % 150}"))) for number in range(300))
    )
    writer.close()

    assert sum(answers) == 150


@pytest.mark.proves("D2")
async def test_senders_that_go_away_while_they_wait_do_not_stop_the_writer(database: Database) -> None:
    writer = InboxWriter(database)

    with database.writing():
        gone = [writer.accept(_act(f"web:{number}")) for number in range(3)]
        were_waiting = [one.cancel() for one in gone]
    kept = await asyncio.wrap_future(writer.accept(_act("web:0")))
    writer.close()

    assert were_waiting[-1]
    assert not kept, "what its sender did not wait for was kept all the same"


@pytest.mark.proves("D3")
async def test_an_act_that_cannot_be_kept_takes_no_other_with_it(database: Database) -> None:
    writer = InboxWriter(database)
    odd = _act("web:odd").model_copy(update={"message": "\ud800"})

    with database.writing():
        waiting = [writer.accept(one) for one in (_act("web:0"), odd, _act("web:z"), _act("web:0"))]
    kept = await asyncio.gather(*map(asyncio.wrap_future, waiting), return_exceptions=True)
    writer.close()

    assert [one for one in kept if isinstance(one, bool)] == [True, True, False]
    assert isinstance(kept[1], ValueError)


def test_a_posting_is_due_until_the_platform_shows_what_is_wanted(transactions: SqlTransactions) -> None:
    message = MessageRef(place=PLACE, message="17")
    with transactions.writing() as uow:
        assert uow.postings.add(_posting("p1"))
        assert not uow.postings.add(_posting("p1"))
        uow.postings.mark_shown("p1", message, 1, NOW)
        assert uow.postings.due(NOW, 10, [Platform.WEB]) == []
        uow.postings.refresh("change/c1", NOW)
        due = uow.postings.due(NOW, 10, [Platform.WEB])

        assert [(posting.wanted, posting.sent) for posting in due] == [(2, message)]
        assert uow.postings.due(NOW, 10, [Platform.SLACK]) == []
        uow.postings.claim("p1", NOW + timedelta(seconds=40))
        assert uow.postings.due(NOW, 10, [Platform.WEB]) == []
        uow.postings.mark_shown("p1", message, 1, NOW)
        assert uow.postings.due(NOW + timedelta(minutes=1), 10, [Platform.WEB]) != []


def test_two_open_changes_never_stand_for_the_same_bytes(transactions: SqlTransactions) -> None:
    from sqlalchemy.exc import IntegrityError

    with transactions.writing() as uow:
        uow.changes.save(_change("c1"))

    with pytest.raises((IntegrityError, Collision)), transactions.writing() as uow:
        uow.changes.save(_change("c2"))
    with transactions.writing() as uow:
        uow.changes.save(_change("c1", state=ChangeState.MERGED))
        uow.changes.save(_change("c2"))
        assert [change.id for change in uow.changes.every_open()] == ["c2"]


@pytest.mark.proves("A8")
def test_a_verdict_that_is_over_never_changes(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        uow.approvals.save(a_request(verdict=Verdict.EXPIRED))

    for other in (Verdict.APPROVED, Verdict.PENDING, Verdict.REJECTED):
        with pytest.raises(NotNow), transactions.writing() as uow:
            uow.approvals.save(a_request(verdict=other))


@pytest.mark.proves("A3")
def test_fifty_clicks_of_five_people_give_one_word_each(transactions: SqlTransactions) -> None:
    people = [a_person(f"p{number}") for number in range(5)]
    with transactions.writing() as uow:
        uow.approvals.save(a_request())
    refused: list[str] = []

    def click(number: int) -> None:
        person = people[number % 5]
        try:
            with transactions.writing() as uow:
                request = uow.approvals.get(a_request().id)
                uow.approvals.record(request.id, a_decision(person, press=f"press-{number}"))
        except NotNow:
            refused.append(person.id)

    clicks = [threading.Thread(target=click, args=(number,)) for number in range(50)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()

    with transactions.reading() as uow:
        counted = uow.approvals.decisions(a_request().id)
    assert sorted(decision.person for decision in counted) == ["p0", "p1", "p2", "p3", "p4"]
    assert len(refused) == 45


def test_an_account_has_one_owner(transactions: SqlTransactions) -> None:
    with transactions.writing() as uow:
        for name in ("ada", "eve"):
            uow.people.save(a_person(name, Role.APPROVER))
        uow.people.link(ChatIdentity(account=ACCOUNT, person=PersonId("ada"), linked_at=NOW))

    with pytest.raises(NotAllowed), transactions.writing() as uow:
        uow.people.link(ChatIdentity(account=ACCOUNT, person=PersonId("eve"), linked_at=NOW))
    with transactions.reading() as uow:
        owner = uow.people.find_person(ACCOUNT)
        assert owner is not None
        assert owner.id == "ada"


def test_calls_to_stories_wait_until_they_are_delivered(transactions: SqlTransactions) -> None:
    call = StoryCall(key="onboarding/c1#1", kind=StoryKind.ONBOARDING, subject_id="c1", at=NOW)
    with transactions.writing() as uow:
        uow.stories.add(call)
        uow.stories.add(call)
        uow.stories.postpone(call.key, NOW + timedelta(seconds=5), "away")
        assert uow.stories.due(NOW, 10) == []
        assert uow.stories.due(NOW + timedelta(seconds=6), 10) == [call]
        uow.stories.delivered(call)
        assert uow.stories.due(NOW + timedelta(seconds=6), 10) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    version = version_of(database)

    assert not migrate(database)
    assert version_of(database) == version != ""


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    """Walk every migration beside a database that was made in one go: neither may know more."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlmodel import SQLModel

    import storage.tables  # noqa: F401  registers the tables

    with database.engine.begin() as connection:
        SQLModel.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    assert migrate(database, step_by_step=True)
    assert version_of(database) == NEWEST
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)

    assert [d for d in differences if "alembic_version" not in str(d)] == []


@pytest.mark.proves("E12")
def test_a_database_that_is_away_is_said_in_words(tmp_path: Path) -> None:
    gone = Database("postgresql+psycopg://dogwatch@127.0.0.1:1/none")

    with pytest.raises(OutsideTrouble) as told, gone.writing():
        pass

    assert "nothing was changed" in told.value.say
    gone.close()


@pytest.mark.proves("E12")
def test_a_database_whose_connections_are_all_in_use_is_said_in_words(tmp_path: Path) -> None:
    busy = Database(f"sqlite:///{tmp_path}/truth.db", pool_size=1, free_within_seconds=0.05)

    with ExitStack() as readers:
        for _ in range(8):
            readers.enter_context(busy.reading())
        with pytest.raises(OutsideTrouble) as told:
            readers.enter_context(busy.reading())

    assert "nothing was changed" in told.value.say
    busy.close()


@pytest.mark.proves("E12")
def test_what_a_platform_waits_for_is_kept_while_every_thread_of_the_doors_reads(tmp_path: Path) -> None:
    read = Database(f"sqlite:///{tmp_path}/truth.db", free_within_seconds=0.05)

    with ExitStack() as readers:
        for _ in range(32):
            readers.enter_context(read.reading())
        with read.writing(is_urgent=True) as connection:
            connection.execute(text("CREATE TABLE kept (at INTEGER)"))

    read.close()


@pytest.mark.proves("E12")
def test_what_a_platform_waits_for_has_a_connection_of_its_own_to_a_server(postgres: str) -> None:
    url = create_database(postgres, "crowded")
    crowded = Database(url, pool_size=1, free_within_seconds=0.05)

    with crowded.reading(), crowded.reading():
        with crowded.writing(is_urgent=True) as connection:
            connection.execute(text("CREATE TABLE kept (at INTEGER)"))
        with pytest.raises(OutsideTrouble), crowded.writing():
            pass

    crowded.close()
    drop_database(url)


def test_blobs_are_whole_or_refused(tmp_path: Path) -> None:
    blobs = DirectoryBlobs(tmp_path)
    blob = blobs.put(b"a,b\n1,2\n")

    assert blobs.put(b"a,b\n1,2\n") == blob
    assert blobs.get(blob) == b"a,b\n1,2\n"
    path = blobs.path(blob)
    path.chmod(0o600)
    path.write_bytes(b"a,b\n1,3\n")
    with pytest.raises(NotFound, match="damaged"):
        blobs.get(blob)
    assert blobs.put(b"a,b\n1,2\n") == blob
    assert blobs.get(blob) == b"a,b\n1,2\n", "what comes again takes the damaged one's place"
    assert not list((tmp_path / "incoming").iterdir())

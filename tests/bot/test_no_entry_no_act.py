"""No entry, no act: when the audit trail can't be written, nothing that people did has happened."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, text

from bot.cards.model import Action, Reply
from domain.approval.approvals import Verdict
from domain.identity.chat import Incoming, IncomingKind, Platform
from domain.ids import ApprovalId
from domain.remediation.fixes import FixState
from tests.bot.desk_house import account_of, place_of, whispered
from tests.bot.mending import Mending
from tests.counterparts.postgres import create_database

_BROKEN = {
    True: (
        "CREATE TRIGGER out_of_order BEFORE INSERT ON audit_entries"
        " BEGIN SELECT RAISE(ABORT, 'the trail is out of order'); END",
    ),
    False: (
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'out of order'; END $$",
        "CREATE TRIGGER out_of_order BEFORE INSERT ON audit_entries EXECUTE FUNCTION fail()",
    ),
}


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mending]:
    is_sqlite = request.param == "sqlite"
    address = "" if is_sqlite else request.getfixturevalue("address")
    made = Mending(tmp_path, address=address)
    yield made
    made.database.close()


def truth(house: Mending) -> dict[str, object]:
    """Return everything that the acts below could have changed."""
    with house.transactions.reading() as uow:
        fixes = uow.fixes.recent(10)
        return {
            "fixes": fixes,
            "plans": [uow.plans.get(fix.id, fix.revision) for fix in fixes],
            "approvals": {fix.id: uow.approval_list.of_subject(fix.subject) for fix in fixes},
            "decisions": [uow.approvals.decisions(fix.approval) for fix in fixes if fix.approval],
            "frozen": uow.guards.freeze(),
            "overrides": uow.guards.unreviewed(),
            "codes": uow.link_codes.open_codes(house.clock.at),
            "people": uow.people.everybody(),
            "stories": uow.stories.due(house.clock.at, 1_000),
            "said": [one.key for one in uow.postings.due(house.clock.at, 1_000, list(Platform))],
        }


def _broken_glass(house: Mending, subject: str) -> Reply:
    return house.fill(
        "erin", "fix.break_because", subject, {"reason": "it burns, nobody answers"}, revision="1"
    )


ACTS: dict[str, Callable[[Mending, str], Reply]] = {
    "approve": lambda house, _: house.vote("ada"),
    "ask": lambda house, _: house.fill(
        "ada", "fix.ask_this", f"approval/{house.fix().approval}", {"text": "Do consumers know?"}
    ),
    "delegate": lambda house, _: house.fill(
        "ada", "fix.delegate_to", f"approval/{house.fix().approval}", {"person": "jo"}
    ),
    "change parameters": lambda house, subject: house.fill(
        "erin", "fix.plan", subject, {"p0": "positions"}, runbook="pause-feed", revision="1"
    ),
    "withdraw": lambda house, subject: house.button("erin", "fix.withdraw", subject),
    "break glass": _broken_glass,
    "freeze": lambda house, _: house.say("ada", "freeze quarter end"),
    "link": lambda house, _: house.say("ada", "link"),
    "guess a code": lambda house, _: house.say("stranger", "link AAAAAAAA", "teams"),
    "begin": lambda house, _: house.say("erin", "fix fx_trades bad file"),
    "show everything": lambda house, subject: house.button("ada", "fix.everything", subject),
}


@pytest.mark.proves("L1")
def test_without_an_entry_nothing_has_happened_whatever_the_act(
    house: Mending, caplog: pytest.LogCaptureFixture
) -> None:
    subject = house.asked().subject
    house.say("jo", "link")
    with house.database.writing() as connection:
        for statement in _BROKEN[house.database.is_sqlite]:
            connection.execute(text(statement))
    before = truth(house)

    for name, act in ACTS.items():
        told = whispered(act(house, subject))
        assert "fault of my own" in told, (name, told)
        assert "Nothing was changed" in told
        assert truth(house) == before, name
    assert caplog.text.count("a fault can't be noted") == len(ACTS)


@pytest.mark.proves("E12")
@pytest.mark.parametrize("cut_at", [1, 2, 3, 5, 8, 11, 14, 15, 16, 17])
def test_a_database_lost_at_any_statement_of_a_decision_stores_it_once_or_says_that_it_did_not(
    server: str, tmp_path: Path, cut_at: int
) -> None:
    house = Mending(tmp_path, address=create_database(server, f"lost{cut_at}"))
    request = house.asked().approval or ApprovalId("")
    before, press, seen = truth(house), _approval(house, request), 0
    asyncio.run(house.desk.accept(press))

    def cut(process: int) -> None:
        nonlocal seen
        seen += 1
        if seen == cut_at:  # as a restart of the server does it
            with psycopg.connect(server.replace("+psycopg", ""), dbname="postgres", autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [process])

    class Counted(psycopg.Cursor[Any]):
        def execute(self, *told: Any, **more: Any) -> Any:
            cut(self.connection.info.backend_pid)
            return super().execute(*told, **more)

    def watched(connection: psycopg.Connection[Any], *_: object) -> None:
        connection.cursor_factory = Counted

    def committed(connection: Connection) -> None:
        cut(connection.connection.dbapi_connection.info.backend_pid)  # type: ignore[union-attr]  # psycopg's

    engine = house.database.engine
    event.listen(engine, "checkout", watched)
    event.listen(engine, "commit", committed)
    told = whispered(asyncio.run(house.desk.work(press))).casefold()
    event.remove(engine, "checkout", watched)
    event.remove(engine, "commit", committed)
    is_stored = len(_decisions(house, request))
    if not is_stored:
        assert "nothing was changed" in told
        assert truth(house) == before
    asyncio.run(house.desk.work(press))

    assert seen >= cut_at
    assert len(_decisions(house, request)) == 1
    house.database.close()


def _approval(house: Mending, request: ApprovalId) -> Incoming:
    with house.transactions.reading() as uow:
        subject_hash = uow.approvals.get(request).subject_hash
    subject = f"approval/{request}"
    action = Action(verb="approval.approve", label="x", subject=subject, subject_hash=subject_hash)
    return Incoming(
        key="web:press",
        kind=IncomingKind.PRESS,
        account=account_of("ada", "web"),
        place=place_of("web"),
        at=house.clock.at,
        token=house.mint(action, place_of("web")),
        signed_in_at=house.clock.at,
    )


def _decisions(house: Mending, request: ApprovalId) -> Sequence[object]:
    with house.transactions.reading() as uow:
        return uow.approvals.decisions(request)


@pytest.mark.proves("L1", "L6")
def test_each_of_these_acts_is_an_entry_and_the_verdicts_add_up_to_the_trail(tmp_path: Path) -> None:
    counts: dict[str, dict[str, int]] = {}
    for name, act in ACTS.items():
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        house = Mending(folder)
        subject = house.asked().subject
        house.say("jo", "link")
        before = len(house.entries())
        act(house, subject)
        assert len(house.entries()) > before, name
        if name == "approve":
            house.vote("jo")
            assert house.fix().state is FixState.APPROVED
        with house.transactions.reading() as uow:
            counts[name] = {v.value: uow.approval_list.count(v) for v in Verdict if v is not Verdict.PENDING}
        ended = [act for act, _ in house.entries()]
        in_trail = ended.count("verdict_reached") + ended.count("approval_ended")
        assert sum(counts[name].values()) == in_trail, name
    assert counts["approve"]["approved"] == 1
    assert counts["withdraw"]["withdrawn"] == 1
    assert counts["break glass"]["superseded"] == counts["change parameters"]["superseded"] == 1

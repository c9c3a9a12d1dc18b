"""Teams is asked of which tenant a sender is when an activity does not say so; outsiders reach nobody."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.adapters import teams_roster
from bot.adapters.teams import TeamsDoor
from bot.adapters.teams_gate import TeamsGate
from bot.adapters.teams_roster import Member, TeamsRoster
from domain.errors import OutsideTrouble
from domain.identity.chat import Account
from tests.bot.teams.parts import Teams, an_activity
from tests.bot.webchat.parts import MINT
from tests.bot.webchat.served import Server
from tests.counterparts.teams import ALICE, CHANNEL, PERSONAL, TENANT

pytestmark = pytest.mark.proves("D4")


@dataclass
class Roster:
    """Microsoft's side: tells of each member what a test says, and notes who was asked for."""

    url: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    asked: list[str] = field(default_factory=list)
    body: bytes | None = None

    async def member(self, request: Request) -> Response:
        """Answer for one member."""
        self.asked.append(f"{request.path_params['conversation']} {request.path_params['member']}")
        if self.body is not None:
            return Response(self.body, media_type="application/json")
        return JSONResponse({"id": "29:alice", **self.told}, status_code=self.status)


@pytest.fixture(scope="module")
def served() -> Iterator[Roster]:
    roster = Roster()
    one = "/v3/conversations/{conversation}/members/{member}"
    with Server(Starlette(routes=[Route(one, roster.member)])).running() as url:
        roster.url = url
        yield roster


@pytest.fixture
def roster(served: Roster) -> Roster:
    served.told, served.status, served.asked, served.body = {}, 200, [], None
    return served


async def sent(teams: Teams, **changes: Any) -> int:
    transport = httpx.ASGITransport(teams.door.asgi(), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as http:
        answer = await http.post("/messages", json=an_activity(**changes))
    await teams.door.drain()
    return answer.status_code


def a_roster(member: Member, seconds: Callable[[], float] = time.monotonic) -> TeamsRoster:
    settings = Teams(asks_roster=True).settings
    return TeamsRoster(settings, TeamsGate(settings), member, seconds)


@pytest.mark.parametrize(
    "told",
    [
        {"tenantId": "22222222-0000-0000-0000-000000000002", "userRole": "user"},
        {"tenantId": TENANT, "userRole": "guest"},
        {"userRole": "Anonymous"},
    ],
    ids=["another tenant", "guest", "anonymous"],
)
async def test_an_outsider_reaches_nobody_and_stands_in_the_trail(
    roster: Roster, told: dict[str, Any]
) -> None:
    teams, noted = Teams(asks_roster=True), list[tuple[Account, str]]()

    async def note(account: Account, reason: str) -> None:
        noted.append((account, reason))

    teams.door = TeamsDoor(teams.settings, teams.desk, MINT, teams.book, note)
    roster.told = told

    said = await sent(teams, serviceUrl=roster.url)
    pressed = await sent(teams, serviceUrl=roster.url, type="invoke", name="adaptiveCard/action", value={})
    from_menu = await sent(teams, serviceUrl=roster.url, type="invoke", name="composeExtension/fetchTask")

    assert [said, pressed, from_menu] == [403, 403, 403]
    assert teams.desk.accepted == []
    assert [account.user for account, _ in noted] == [ALICE]
    assert noted[0][1].startswith("sent by ")


async def test_one_of_ours_is_asked_for_once_and_by_the_conversation_itself(roster: Roster) -> None:
    teams = Teams(asks_roster=True)
    roster.told = {"tenantId": TENANT.upper(), "userRole": "user"}
    thread = {"id": f"{CHANNEL};messageid=1600", "conversationType": "personal", "tenantId": TENANT}

    statuses = [await sent(teams, serviceUrl=roster.url, conversation=thread, id=str(n)) for n in (1, 2, 3)]

    assert statuses == [200, 200, 200]
    assert len(teams.desk.accepted) == 3
    assert roster.asked == [f"{CHANNEL} 29:alice"]


async def test_a_sender_whose_tenant_is_told_is_not_asked_for(roster: Roster) -> None:
    teams = Teams(asks_roster=True)
    roster.told = {"userRole": "guest"}
    ours = {"id": "29:alice", "aadObjectId": ALICE, "tenantId": TENANT}

    assert await sent(teams, serviceUrl=roster.url, **{"from": ours}) == 200
    assert roster.asked == []


@pytest.mark.parametrize("status", [403, 404, 429, 500])
async def test_a_roster_that_tells_nothing_keeps_nobody_from_being_answered(
    roster: Roster, status: int
) -> None:
    teams = Teams(asks_roster=True)
    roster.status = status

    statuses = [await sent(teams, serviceUrl=roster.url, id=str(number)) for number in (1, 2)]

    assert statuses == [200, 200]
    assert len(roster.asked) == 1, "it is not asked again at once"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'"alice"', b'{"tenantId": {"a": 1}}'])
async def test_a_roster_that_answers_something_else_keeps_nobody_from_being_answered(
    roster: Roster, body: bytes
) -> None:
    teams = Teams(asks_roster=True)
    roster.body = body

    assert await sent(teams, serviceUrl=roster.url) == (403 if b"tenantId" in body else 200)


async def test_a_roster_that_hangs_is_not_waited_for() -> None:
    async def hangs(service_url: str, conversation: str, member: str) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {"userRole": "guest"}

    async with asyncio.timeout(30):
        assert await a_roster(hangs).person(an_activity()) == ALICE


async def test_an_outsider_stays_one_while_the_roster_is_away() -> None:
    now, answers = [0.0], list[Any](["guest", OutsideTrouble("away", say="Away."), "user"])

    async def member(service_url: str, conversation: str, member: str) -> dict[str, Any]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"userRole": answer}

    roster = a_roster(member, lambda: now[0])
    for moment in (0.0, 3_601.0, 3_660.0):
        now[0] = moment
        with pytest.raises(teams_roster.Refused):
            await roster.person(an_activity())
    now[0] = 3_662.0
    assert await roster.person(an_activity()) == ALICE
    assert answers == []


async def test_who_joins_or_leaves_us_is_seen_within_the_hour_and_an_outage_within_a_minute() -> None:
    now, answers = [0.0], list[Any]()

    async def member(service_url: str, conversation: str, member: str) -> dict[str, Any]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"userRole": answer}

    roster = a_roster(member, lambda: now[0])

    async def is_let_in(at: float) -> bool:
        now[0] = at
        try:
            await roster.person(an_activity(conversation={"id": PERSONAL}))
        except teams_roster.Refused:
            return False
        return True

    answers[:] = [OutsideTrouble("away", say="Away."), "guest", "user"]
    seen = [await is_let_in(at) for at in (0, 59, 61, 3_600, 3_662)]

    assert seen == [True, True, False, False, True]
    assert answers == []

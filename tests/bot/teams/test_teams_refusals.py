"""What the person reads, and what is tried again, when Teams does not take what we write."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.adapters.edits import READ_ONCE
from bot.adapters.teams_connector import TeamsConnector
from bot.adapters.teams_incoming import message_of
from bot.adapters.teams_settings import TeamsSettings
from bot.cards.model import Action, Card, Reply
from domain.errors import OutsideTrouble
from domain.identity.chat import Incoming, IncomingKind
from domain.ports.conversation_book import Conversation
from tests.bot.teams.parts import Teams, an_activity
from tests.bot.webchat.served import Server
from tests.counterparts.teams import ALICE, CHANNEL, PERSONAL, TENANT

BETWEEN_US = Card(title="Between us", plain="Only you may read this.", actions=(Action(verb="a", label="A"),))


@dataclass
class Service:
    """Microsoft's side of a conversation: refuses as told, keeps the rest."""

    url: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    busy: int = 0
    """How many more messages are too many."""
    taken: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """Take one message."""
        where = request.path_params.get("conversation", "").partition(";")[0]
        if self.busy:
            self.busy -= 1
            return JSONResponse({"error": {"code": "x"}}, status_code=429)
        if status := self.statuses.get(where):
            return JSONResponse({"error": {"code": "x"}}, status_code=status, headers=self.headers)
        self.taken.append((request.path_params.get("conversation", ""), await request.json()))
        return JSONResponse({"id": "m1"})

    async def token(self, request: Request) -> Response:
        """Answer for the issuer of tokens."""
        return JSONResponse({"error": "invalid_client"}, status_code=self.statuses.get("token", 401))


@pytest.fixture(scope="module")
def served() -> Iterator[Service]:
    service = Service()
    one = "/v3/conversations/{conversation}/activities"
    app = Starlette(
        routes=[
            Route(one, service.take, methods=["POST"]),
            Route(f"{one}/{{message}}", service.take, methods=["PUT"]),
            Route("/token", service.token, methods=["POST"]),
        ]
    )
    with Server(app).running() as url:
        service.url = url
        yield service


@pytest.mark.proves("D7")
async def test_our_bearer_does_not_follow_a_redirect(service: Service) -> None:
    service.statuses[PERSONAL] = 307
    service.headers["location"] = f"{service.url}/v3/conversations/elsewhere/activities"
    connector = TeamsConnector(TeamsSettings(app_id="", tenant=TENANT, allow_loopback=True))
    where = Conversation(tenant=TENANT, id=PERSONAL, kind="personal", service_url=service.url, person=ALICE)

    with pytest.raises(OutsideTrouble):
        await connector.send(where, "", {"text": "hello"})

    assert service.taken == []


@pytest.fixture
def service(served: Service) -> Service:
    served.statuses.clear()
    served.headers.clear()
    served.taken.clear()
    return served


@pytest.fixture
async def teams(service: Service) -> AsyncIterator[Teams]:
    made = Teams()
    personal = Conversation(
        tenant=TENANT, id=PERSONAL, kind="personal", service_url=service.url, person=ALICE
    )
    made.book.remember(personal)
    yield made
    await made.door.drain()


def in_channel(service: Service, **changes: Any) -> dict[str, Any]:
    bot = {"id": "28:bot", "name": "Dogwatch"}
    where = {"id": f"{CHANNEL};messageid=1600", "conversationType": "channel", "tenantId": TENANT}
    mention = {"type": "mention", "mentioned": bot, "text": "<at>Dogwatch</at>"}
    said = {"text": "<at>Dogwatch</at> who owns it", "recipient": bot, "entities": [mention]}
    return an_activity(serviceUrl=service.url, conversation=where, **said | changes)


async def sent(teams: Teams, activity: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(teams.door.asgi(), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as http:
        answer = await http.post("/messages", json=activity)
    await teams.door.drain()
    return answer


async def whispers(_: Incoming) -> Reply:
    return Reply(whispers=(BETWEEN_US,))


async def test_who_can_not_be_written_to_alone_is_told_in_the_thread_what_to_do(
    teams: Teams, service: Service
) -> None:
    teams.desk.script = whispers
    service.statuses[PERSONAL] = 403

    answer = await sent(teams, in_channel(service))

    assert answer.status_code == 200
    [(where, message)] = service.taken
    assert where == f"{CHANNEL};messageid=1600"
    assert "Open our personal chat once" in str(message)
    assert "Only you may read this" not in str(message)


async def test_a_press_that_was_done_is_answered_although_the_personal_chat_is_closed(
    teams: Teams, service: Service
) -> None:
    teams.desk.script = whispers
    service.statuses[PERSONAL] = 403
    value = {"action": {"type": "Action.Execute", "verb": "a", "data": {"token": "t.o.k"}}}
    press = in_channel(service, type="invoke", name="adaptiveCard/action", value=value, id="f:1")

    answer = await sent(teams, press)

    assert answer.status_code == 200
    assert answer.json()["value"] == "Only you may read this."
    assert service.taken == []


async def test_an_act_of_before_a_restart_is_answered_when_it_is_worked(
    teams: Teams, service: Service
) -> None:
    teams.desk.script = whispers
    kept = message_of(an_activity(serviceUrl=service.url), ALICE, datetime.now(UTC))

    await teams.door.resume(kept)
    await teams.door.drain()

    assert [where for where, _ in service.taken] == [PERSONAL]
    assert "Between us" in str(service.taken)


def test_others_who_are_mentioned_are_read_by_their_names(service: Service) -> None:
    bot, ben = {"id": "28:bot"}, {"id": "29:ben", "name": "Ben Oak"}
    mentions = [
        {"type": "mention", "mentioned": bot, "text": "<at>Dogwatch</at>"},
        {"type": "mention", "mentioned": ben, "text": "<at>Ben</at>"},
    ]
    said = "hand over <at>Dogwatch</at> to&nbsp;<at>Ben</at>"

    act = message_of(in_channel(service, text=said, entities=mentions), ALICE, datetime.now(UTC))

    assert (act.text.split(), act.addressed) == (["hand", "over", "to", "Ben", "Oak"], True)


async def test_words_beside_a_file_that_teams_keeps_from_us_are_not_dropped_in_silence(
    teams: Teams, service: Service
) -> None:
    html = {"contentType": "text/html", "content": '<p>resolve</p><attachment id="1"></attachment>'}

    await sent(teams, in_channel(service, attachments=[html]))

    assert "did nothing about the words" in str(service.taken)
    assert teams.desk.accepted == []


async def test_an_edited_message_is_done_once_and_its_writer_reads_why(
    teams: Teams, service: Service
) -> None:
    written = f"{datetime.now(UTC).timestamp() * 1000:.0f}"
    edit = {"type": "messageUpdate", "channelData": {"tenant": {"id": TENANT}, "eventType": "editMessage"}}

    await sent(teams, an_activity(serviceUrl=service.url, id=written, text="feeds"))
    await sent(teams, an_activity(serviceUrl=service.url, id=written, text="freeze", **edit))

    assert [act.text for act in teams.desk.accepted] == ["feeds"]
    assert READ_ONCE in str(service.taken)


async def test_an_edit_that_first_speaks_to_us_lets_us_write_where_nobody_wrote_to_us_before(
    teams: Teams, service: Service
) -> None:
    written = f"{datetime.now(UTC).timestamp() * 1000:.0f}"
    edit = {"type": "messageUpdate", "channelData": {"tenant": {"id": TENANT}, "eventType": "editMessage"}}

    await sent(teams, in_channel(service, id=written, **edit))
    place = teams.desk.accepted[0].place
    await teams.door.post(place, BETWEEN_US, key="an answer")

    assert [where for where, _ in service.taken] == [f"{CHANNEL};messageid=1600"]


async def test_an_answer_that_teams_is_too_busy_for_is_sent_when_it_is_not(
    teams: Teams, service: Service
) -> None:
    teams.desk.script = whispers
    service.busy = 2

    await sent(teams, in_channel(service))

    assert (service.busy, [where for where, _ in service.taken]) == (0, [PERSONAL])


@pytest.mark.parametrize(
    ("status", "is_final", "after"),
    [(400, True, None), (413, True, None), (403, True, None), (429, False, 7.0), (412, False, None),
     (502, False, None)],
)  # fmt: skip
async def test_a_refusal_says_whether_and_when_to_try_again(
    teams: Teams, service: Service, status: int, is_final: bool, after: float | None
) -> None:
    service.statuses[PERSONAL] = status
    service.headers["Retry-After"] = "7"
    place = (await _place(teams, service)).place

    with pytest.raises(OutsideTrouble) as refused:
        await teams.door.post(place, BETWEEN_US, "k")

    assert refused.value.is_final == is_final
    assert refused.value.retry_after_seconds == after


@pytest.mark.parametrize(
    ("status", "is_lost"), [(403, True), (404, True), (410, True), (400, False), (412, False), (429, False)]
)
async def test_a_card_is_lost_where_it_was_deleted_or_we_were_taken_out(
    teams: Teams, service: Service, status: int, is_lost: bool
) -> None:
    place = (await _place(teams, service)).place
    posted = await teams.door.post(place, BETWEEN_US, "k")
    service.statuses[PERSONAL] = status

    with pytest.raises(OutsideTrouble) as refused:
        await teams.door.update(posted, BETWEEN_US)

    assert refused.value.is_message_lost == is_lost


async def _place(teams: Teams, service: Service) -> Incoming:
    await sent(teams, an_activity(serviceUrl=service.url))
    act = teams.desk.accepted[0]
    assert act.kind is IncomingKind.MESSAGE
    return act


async def test_a_secret_that_has_expired_needs_a_person(service: Service) -> None:
    settings = TeamsSettings(app_id="a", tenant=TENANT, token_url=f"{service.url}/token")
    conversation = Conversation(tenant=TENANT, id=PERSONAL, kind="personal", service_url=service.url)

    with pytest.raises(OutsideTrouble) as refused:
        await TeamsConnector(settings).send(conversation, "", {})

    assert refused.value.needs_person
    assert not refused.value.is_final
    assert "teams.app_password" in refused.value.sentence()


async def test_a_press_delivered_twice_is_not_called_done_where_that_is_not_known() -> None:
    teams = Teams()

    async def script(incoming: Incoming) -> Reply:
        return Reply(whispers=(Card(title="Not yours", plain="Not yours to do."),))

    teams.desk.script = script
    value = {"action": {"type": "Action.Execute", "verb": "a", "data": {"token": "a.b.c"}}}
    press = an_activity(type="invoke", name="adaptiveCard/action", value=value)
    transport = httpx.ASGITransport(teams.door.asgi())
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        first, again = [(await client.post("/messages", json=press)).json()["value"] for _ in range(2)]

    assert first == "Not yours to do."
    assert again == "I had this press before. What came of it stands on the card, or in our personal chat."

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.adapters.webchat import COOKIE, WebChatAdapter, sessions_of
from bot.cards.model import Action, Card, Dialog
from domain.errors import OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind, Platform
from tests.bot.webchat.parts import MINT, Chat, SystemClock, settings_of
from tests.bot.webchat.served import Server
from tests.bot.webchat.visitor import Visitor
from tests.waiting import wait_until

CARD = Card(title="From elsewhere", plain="From elsewhere")


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path, settings_of(events_per_person=2))


@contextmanager
def entered(server: Server) -> Iterator[httpx.Client]:
    with server.running() as url, httpx.Client(base_url=url, timeout=10) as browser:
        browser.post("/api/enter", json={"subject": "ana"}).raise_for_status()
        yield browser


@pytest.fixture
def served(chat: Chat) -> Iterator[tuple[Server, httpx.Client]]:
    server = chat.serve()
    with entered(server) as browser:
        yield server, browser


def events(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_what_another_process_posts_arrives_without_being_told(
    chat: Chat, served: tuple[Server, httpx.Client]
) -> None:
    server, browser = served
    elsewhere = WebChatAdapter(chat.log, MINT, chat.blobs, SystemClock(), chat.settings)

    with browser.stream("GET", "/api/events") as stream:
        arriving = events(stream)
        server.call(elsewhere.post(elsewhere.place("incidents"), CARD, "k"))
        name, view = next(arriving)

    assert (name, view["channel"], view["bot"]) == ("message", "incidents", True)


def test_others_whispers_and_direct_messages_are_not_streamed(
    chat: Chat, served: tuple[Server, httpx.Client]
) -> None:
    server, browser = served
    adapter = chat.adapter

    with browser.stream("GET", "/api/events?after=0") as stream:
        arriving = events(stream)
        server.call(adapter.keep_whisper(adapter.place("incidents"), "jo", CARD, "w"))
        server.call(adapter.post(adapter.direct_place("jo"), CARD, "d"))
        server.call(adapter.post(adapter.place("incidents"), Card(title="For all", plain="For all"), "k"))
        _, view = next(arriving)

    assert "For all" in view["html"]


def test_a_page_hears_that_its_connection_lives_while_only_others_are_told_something(tmp_path: Path) -> None:
    chat = Chat(tmp_path, settings_of(heartbeat=timedelta(seconds=0.6)))
    server = chat.serve()
    is_over = threading.Event()

    async def stir() -> None:
        chat.adapter.live.stir()

    def go_on() -> None:
        while not is_over.wait(0.1):
            server.call(stir())

    others = threading.Thread(target=go_on)
    with entered(server) as browser, browser.stream("GET", "/api/events", timeout=5) as stream:
        others.start()
        try:
            heard = next(line for line in stream.iter_lines() if line.startswith("event: "))
        finally:
            is_over.set()
            others.join()

    assert heard == "event: here"


def test_typing_and_a_dialog_reach_the_page_of_the_one_they_are_for(
    chat: Chat, served: tuple[Server, httpx.Client]
) -> None:
    server, browser = served
    adapter = chat.adapter
    place = adapter.place("incidents")
    asked = Incoming(
        key="k",
        kind=IncomingKind.PRESS,
        account=Account(platform=Platform.WEB, workspace="web", user="ana"),
        place=place,
        at=SystemClock().now(),
        message="7",
    )
    dialog = Dialog(title="Why", inputs=(), submit=Action(verb="a", label="Go"))

    with browser.stream("GET", "/api/events") as stream:
        arriving = events(stream)
        wait_until(adapter.live.is_watched)
        assert server.loop is not None
        server.loop.call_soon_threadsafe(lambda: adapter.show_typing(place, is_typing=True))
        typing = next(arriving)
        server.call(adapter.open_dialog(asked, dialog))
        opened = next(arriving)

    assert typing == ("typing", {"channel": "incidents", "thread": "", "typing": True})
    assert (opened[0], opened[1]["title"], opened[1]["message"]) == ("dialog", "Why", "7")


async def test_a_dialog_for_somebody_without_a_page_is_outside_trouble(chat: Chat) -> None:
    asked = Incoming(
        key="k",
        kind=IncomingKind.PRESS,
        account=Account(platform=Platform.WEB, workspace="web", user="ana"),
        place=chat.adapter.place("incidents"),
        at=SystemClock().now(),
    )

    with pytest.raises(OutsideTrouble, match="no open page"):
        await chat.adapter.open_dialog(
            asked, Dialog(title="Why", inputs=(), submit=Action(verb="a", label="Go"))
        )


@pytest.mark.proves("D10")
def test_one_person_cannot_hold_more_connections_than_allowed(served: tuple[Server, httpx.Client]) -> None:
    _, browser = served
    ended = threading.Event()

    def hold_the_first() -> None:
        with httpx.Client(base_url=browser.base_url, cookies=browser.cookies, timeout=10) as client:
            with client.stream("GET", "/api/events") as stream:
                for _ in stream.iter_lines():
                    opened.set()
            ended.set()

    opened = threading.Event()
    first = threading.Thread(target=hold_the_first)
    first.start()
    assert opened.wait(5)
    with browser.stream("GET", "/api/events"), browser.stream("GET", "/api/events") as last:
        next(last.iter_lines())
        assert ended.wait(5)
    first.join()


class SomebodysSignIn:
    """Sign-ins of our own making: what counts, and what was asked about it."""

    def __init__(self) -> None:
        self.is_over = self.are_out = False
        self.ended: list[str] = []
        self.refused: list[str] = []
        self.unused = 0
        self.used = 0

    def is_live(self, sid: str, *, is_used: bool = True) -> bool:
        self.unused += not is_used
        self.used += is_used
        return not self.is_over

    def is_out(self, subject: str) -> bool:
        return self.are_out

    def end(self, sid: str) -> None:
        self.ended.append(sid)

    def note_refusal(self, subject: str, reason: str) -> None:
        self.refused.append(reason)


@pytest.mark.proves("I4", "A5")
def test_a_page_hears_nothing_more_once_its_person_was_signed_out(tmp_path: Path) -> None:
    sign_ins = SomebodysSignIn()
    chat = Chat(tmp_path, settings_of(demo=False, look_interval=timedelta(0)), sign_ins)
    session = sessions_of(chat.settings).begin("ana", "Ana", SystemClock().now(), proven_at=None)
    cookies = {COOKIE: sessions_of(chat.settings).cookie(session)}
    server = chat.serve()

    with server.running() as url, httpx.Client(base_url=url, timeout=10, cookies=cookies) as browser:
        with browser.stream("GET", "/api/events") as stream:
            arriving = events(stream)
            server.call(chat.adapter.post(chat.adapter.place("incidents"), CARD, "before"))
            assert next(arriving)[0] == "message"
            sign_ins.is_over = True
            server.call(chat.adapter.post(chat.adapter.place("incidents"), CARD, "after"))
            assert list(arriving) == []
        assert browser.get("/api/events").status_code == 401
        sign_ins.is_over = False
        assert browser.get("/api/me", headers={"X-Looks-On": "1"}).status_code == 200
    assert sign_ins.unused > 0
    assert sign_ins.used == 0, "looking on is no use of a sign-in, or no session would ever be idle"


@pytest.mark.proves("I4", "A5")
def test_a_demo_person_who_was_deactivated_hears_reads_and_picks_nothing_more(tmp_path: Path) -> None:
    sign_ins = SomebodysSignIn()
    chat = Chat(tmp_path, settings_of(look_interval=timedelta(0)), sign_ins)
    server = chat.serve()

    with server.running() as url, httpx.Client(base_url=url, timeout=10, headers={"origin": url}) as browser:
        assert browser.post("/api/enter", json={"subject": "ana"}).status_code == 200
        with browser.stream("GET", "/api/events") as stream:
            arriving = events(stream)
            server.call(chat.adapter.post(chat.adapter.place("incidents"), CARD, "before"))
            assert next(arriving)[0] == "message"
            sign_ins.are_out = True
            server.call(chat.adapter.post(chat.adapter.place("incidents"), CARD, "after"))
            assert list(arriving) == []
        read = browser.get("/api/messages", params={"channel": "incidents"})
        picked = browser.post("/api/enter", json={"subject": "ana"})

    assert (read.status_code, picked.status_code) == (401, 403)
    assert "has been deactivated" in picked.json()["error"]


@pytest.mark.proves("I4", "L1")
async def test_leaving_ends_the_sign_in_and_turning_away_is_noted(tmp_path: Path) -> None:
    sign_ins = SomebodysSignIn()
    chat = Chat(tmp_path, settings_of(demo=False, acts_per_minute=2), sign_ins)
    sessions = sessions_of(chat.settings)
    session = sessions.begin("ana", "Ana", SystemClock().now(), proven_at=None)
    visitor = Visitor(chat)
    visitor.http.cookies.set(COOKIE, sessions.cookie(session))

    assert (await visitor.post("/api/read", channel="incidents", upto=1)).status_code == 403
    visitor.csrf = sessions.csrf(session)
    assert (await visitor.post("/api/leave")).status_code == 200
    assert sign_ins.ended == [session.sid]
    visitor.http.cookies.set(COOKIE, sessions.cookie(session))
    codes = [(await visitor.post("/api/leave")).status_code for _ in range(2)]

    assert codes == [200, 429]
    assert sign_ins.refused == ["no CSRF token of the session", "more than 2 acts in a minute"]

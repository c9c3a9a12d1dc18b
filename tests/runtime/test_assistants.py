"""Other assistants reach the real stores through the SDK's own client, with the rights of their person."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from pydantic import SecretStr

from domain.identity.chat import Platform
from domain.identity.people import Role
from domain.ids import ArticleId, FeedName, TeamId
from domain.knowledge.articles import Article, ArticleKind, Audience
from domain.knowledge.library import ArticleEntry
from domain.running.feeds import Feed
from domain.watch.alerts import alert_id
from domain.watch.feed_health import FeedHealth, Light
from integrations.mcp_server import in_process
from runtime.settings.house import Settings
from runtime.verbs.assistants import assistant_desk
from runtime.wiring.stores import Stores, open_stores
from tests.domain.builders import a_person, an_alert
from tests.runtime.dawn import DAILY

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def stores(settings: Settings) -> Stores:
    opened = open_stores(settings)
    public = Article(
        id=ArticleId("a1"),
        title="Restart the tape robot",
        text="## Steps\n\nPress the green lever twice.",
        kind=ArticleKind.RUNBOOK,
        updated_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    secret = public.model_copy(
        update={
            "id": ArticleId("a2"),
            "title": "Restart the tape robot of payroll",
            "text": "The word is heliotrope.",
            "readers": frozenset({Audience("team:payroll")}),
        }
    )
    with opened.transactions.writing() as uow:
        uow.people.save(a_person("erin", Role.ENGINEER))
        uow.people.save(a_person("sam", Role.STREAM_TEAM))
        for article in (public, secret):
            uow.articles.save(ArticleEntry(article=article))
    return opened


async def _called(settings: Settings, stores: Stores, person: str, tool: str, text: str) -> str:
    server = in_process(assistant_desk(settings, stores).tools(), a_person(person).id)
    async with Client(server) as client:
        result = await client.call_tool(tool, {"text": text})
    return "\n".join(block.text for block in result.content if getattr(block, "type", "") == "text")


async def test_an_assistant_asks_and_never_hears_what_its_person_may_not_read(
    settings: Settings, stores: Stores
) -> None:
    said = await _called(settings, stores, "erin", "ask_knowledge", "how do I restart the tape robot?")
    listed = await _called(settings, stores, "erin", "search_knowledge", "tape robot payroll")

    assert "green lever" in said
    assert "heliotrope" not in said + listed
    assert "payroll" not in listed


@pytest.mark.proves("M4", "K1")
async def test_nothing_that_an_assistant_is_told_holds_a_secret(settings: Settings, stores: Stores) -> None:
    canary = "canary-4821-of-the-house"
    held = settings.model.model_copy(update={"api_key": SecretStr(canary)})
    settings = settings.model_copy(update={"model": held})
    text = f"## Steps\n\nTurn the tape robot off.\nIts password=hunter2-and-more, its key {canary}."
    article = Article(id=ArticleId("a3"), title=f"Tape robot {canary}", text=text, kind=ArticleKind.RUNBOOK)
    now = stores.clock.now()
    why = "could not connect to postgresql://app:t0psecret@db"
    health = FeedHealth(
        name=FeedName("fx_trades"),
        team="desk",
        criticality="high",
        state=Light.RED,
        probability=1.0,
        why=why,
        measured_at=now,
    )
    with stores.transactions.writing() as uow:
        uow.articles.save(ArticleEntry(article=article))
        uow.watched.keep([Feed(FeedName("fx_trades"), TeamId("desk"), DAILY)], now)
        uow.watched.show([health], now)
        uow.alerts.save(an_alert(now, reasons=(why,)))

    asked = {"search_knowledge": "tape robot off", "ask_knowledge": "how do I turn the tape robot off?"}
    told = [
        await _called(settings, stores, "erin", tool, asked.get(tool, ""))
        for tool in ("search_knowledge", "ask_knowledge", "list_feeds", "get_predictions")
    ]
    await _called(settings, stores, "erin", "propose_change", f"use the token={canary} and Xy1-9z")

    assert "tape robot off" in told[0]
    assert all("•••" in one for one in told)
    with stores.transactions.reading() as uow:
        told += [one.card_json for one in uow.postings.due(now, 10, list(Platform))]
    for secret in (canary, "hunter2", "t0psecret"):
        assert not [one for one in told if secret in one]


async def test_a_proposal_is_shown_to_people_and_runs_nothing(settings: Settings, stores: Stores) -> None:
    said = json.loads(await _called(settings, stores, "erin", "propose_change", "restart the loader"))

    assert said["done"] is False
    with stores.transactions.reading() as uow:
        due = uow.postings.due(stores.clock.now(), 10, list(Platform))
    assert "restart the loader" in due[0].card_json


async def test_an_assistant_that_has_lost_its_way_does_not_fill_the_channel(
    settings: Settings, stores: Stores
) -> None:
    server = in_process(assistant_desk(settings, stores).tools(), a_person("erin").id)
    async with Client(server) as client:
        last = [await client.call_tool("propose_change", {"text": f"idea {one}"}) for one in range(11)][-1]

    assert "10 proposals an hour" in str(last.content)
    with stores.transactions.reading() as uow:
        assert len(uow.postings.due(stores.clock.now(), 50, list(Platform))) == 10


async def test_an_assistant_hears_how_feeds_are_and_of_no_alert_that_people_are_not_told_of(
    settings: Settings, stores: Stores
) -> None:
    now = stores.clock.now()
    fx_trades = FeedName("fx_trades")
    health = FeedHealth(
        name=fx_trades,
        team="desk",
        criticality="high",
        state=Light.YELLOW,
        probability=0.6,
        measured_at=now,
    )
    with stores.transactions.writing() as uow:
        uow.watched.keep([Feed(fx_trades, TeamId("desk"), DAILY)], now)
        uow.watched.show([health], now)
        uow.alerts.save(an_alert(now))
        hidden = FeedName("in_shadow")
        uow.alerts.save(an_alert(now, id=alert_id(hidden, now), root=hidden, is_shadow=True))

    expected = json.loads(await _called(settings, stores, "erin", "get_predictions", ""))
    listed = json.loads(await _called(settings, stores, "erin", "list_feeds", "fx"))

    assert [one["feed"] for one in expected["predictions"]] == ["fx_trades"]
    assert [(one["name"], one["health"]) for one in listed["feeds"]] == [("fx_trades", "yellow")]


async def test_who_may_not_propose_may_not_do_it_through_an_assistant(
    settings: Settings, stores: Stores
) -> None:
    said = await _called(settings, stores, "sam", "propose_change", "restart the loader")

    assert "no assistant of yours may" in said


async def test_the_command_serves_the_sdk_client_over_standard_input(
    settings: Settings, stores: Stores
) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "runtime", "mcp", "--as", "erin"],
        env={"DOGWATCH_DATA_DIR": str(settings.data_dir), "PYTHONPATH": str(ROOT)},
    )
    async with Client(command) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("ask_knowledge", {"text": "how do I restart the tape robot?"})

    assert not any("approve" in name for name in tools)
    assert len(tools) == 7
    assert "green lever" in str(result.content)

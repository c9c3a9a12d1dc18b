"""Other assistants reach the real stores through the SDK's own client, with the rights of their person."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from domain.articles import Article, ArticleKind, Audience
from domain.chat import Platform
from domain.ids import ArticleId
from domain.library import ArticleEntry
from domain.people import Role
from integrations.mcp_server import in_process
from runtime.assistants import assistant_desk
from runtime.settings import Settings
from runtime.wiring.stores import Stores, open_stores
from tests.domain.builders import a_person

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


async def test_a_proposal_is_shown_to_people_and_runs_nothing(settings: Settings, stores: Stores) -> None:
    said = json.loads(await _called(settings, stores, "erin", "propose_change", "restart the loader"))

    assert said["done"] is False
    with stores.transactions.reading() as uow:
        due = uow.postings.due(stores.clock.now(), 10, list(Platform))
    assert "restart the loader" in due[0].card_json


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

"""The story of what an incident taught: drafted once, published by its owner, reminded of."""

import asyncio
import json
import os
import sys
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.remembering import LearningRef, Remembering, article_of
from domain.identity.chat import Platform
from domain.ids import ArticleId, IncidentId
from domain.investigation.incidents import EntryKind, IncidentState, TimelineEntry
from domain.knowledge.articles import Article, ArticleKind, ArticleState, DraftProposal, ResolvedIncident
from domain.knowledge.library import ArticleEntry
from knowledge.article_drafting import Drafting
from knowledge.embedding import NoEncoder
from knowledge.library import Library
from knowledge.ranking import shipped_ranker
from knowledge.vector_cache import VectorCache
from knowledge.vector_store import ChromaPlace
from runtime.wiring.serving import serving
from tests.waiting import until
from tests.workflows.house import Desk, server
from tests.workflows.incident_house import move, open_incident
from workflows import names
from workflows.learning import LearningWorkflow

HISTORIES = Path(__file__).resolve().parents[1] / "replay" / "histories"
ID = "i00000001"


class Drafter:
    """The library's drafting, in this process."""

    def __init__(self, *known: Article) -> None:
        self._library = Library(VectorCache(NoEncoder()), shipped_ranker(), ChromaPlace(), lambda _: 0.0)
        self._library.rebuild(known)

    async def draft(self, incident: ResolvedIncident) -> DraftProposal:
        """Return a draft or an edit."""
        return Drafting(self._library).draft(incident)


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with server() as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    open_incident(made)
    with made.transactions.writing() as uow:
        for number, (kind, text) in enumerate(
            ((EntryKind.NOTE, "restarted the loader, no change"), (EntryKind.FIX, "replayed the queue"))
        ):
            uow.timeline.add(
                TimelineEntry(
                    key=f"t{number}",
                    incident=IncidentId(ID),
                    at=made.clock.now(),
                    kind=kind,
                    by="sam",
                    text=text,
                )
            )
    move(
        made, {"state": IncidentState.RESOLVED, "cause": "an expired token", "resolved_at": made.clock.now()}
    )
    return made


def _remembering(desk: Desk, *known: Article) -> Remembering:
    return Remembering(
        Drafter(*known),  # type: ignore[arg-type]  # the one method that the story needs
        desk.blobs,
        card=lambda title, text, called=(): f"{title}: {text}",
        reading=desk.transactions.reading,
        writing=desk.transactions.writing,
        clock=desk.clock,
        wake=lambda: None,
    )


@asynccontextmanager
async def _worker(client: Client, desk: Desk, *known: Article) -> AsyncIterator[None]:
    remembering = _remembering(desk, *known)
    with ThreadPoolExecutor(2) as pool:
        learning = Worker(
            client,
            task_queue=names.FRONT_QUEUE,
            workflows=[LearningWorkflow],
            activities=[
                remembering.draft_article,
                remembering.look_at_article,
                remembering.remind_of_article,
            ],
            activity_executor=pool,
        )
        async with serving(learning):
            yield


async def _start(client: Client) -> WorkflowHandle[LearningWorkflow, str]:
    return await client.start_workflow(
        LearningWorkflow.run,
        LearningRef(id=ID),
        id=names.learning_id(ID),
        task_queue=names.FRONT_QUEUE,
        start_signal="nudge",
    )


def _entry(desk: Desk) -> ArticleEntry | None:
    with desk.transactions.reading() as uow:
        return uow.articles.find(article_of(IncidentId(ID)))


def _publish(desk: Desk) -> None:
    with desk.transactions.writing() as uow:
        entry = uow.articles.get(article_of(IncidentId(ID)))
        article = entry.article.model_copy(update={"state": ArticleState.PUBLISHED})
        uow.articles.save(entry.model_copy(update={"article": article}))


async def _until(is_so: Callable[[], bool]) -> None:
    await until(lambda: asyncio.to_thread(is_so))


async def _keep_history(handle: WorkflowHandle[LearningWorkflow, str], case: str) -> None:
    if os.environ.get("DOGWATCH_KEEP_HISTORIES"):
        text = json.dumps(json.loads((await handle.fetch_history()).to_json()), indent=1, sort_keys=True)
        (HISTORIES / f"learning-{case}.json").write_text(text + "\n")


async def test_a_resolved_incident_is_drafted_shown_and_ends_when_it_is_published(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    async with _worker(environment.client, desk):
        with environment.with_time_skipping_disabled():
            handle = await _start(environment.client)
            await _until(lambda: _entry(desk) is not None)
            await asyncio.to_thread(_publish, desk)
            await handle.signal(LearningWorkflow.nudge)

        assert await handle.result() == "published"
        await _keep_history(handle, "published")

    entry = _entry(desk)
    assert entry is not None
    assert entry.article.title == "fx_trades fails"
    assert "an expired token" in entry.article.text
    assert "1. replayed the queue" in entry.article.text
    assert "restarted the loader" in entry.article.text
    with desk.transactions.reading() as uow:
        assert [posting.subject for posting in uow.posting_lookup.about(entry.subject)] == [entry.subject]


async def test_a_draft_that_nobody_touched_follows_what_was_found_out_after_a_reopening(desk: Desk) -> None:
    remembering, ref = _remembering(desk), LearningRef(id=ID)
    await remembering.draft_article(ref)
    first = _entry(desk)
    later = desk.clock.now() + timedelta(hours=3)
    move(desk, {"cause": "a certificate of the vendor", "resolved_at": later})

    await remembering.look_at_article(ref)
    await remembering.look_at_article(ref)

    anew = _entry(desk)
    assert first is not None
    assert anew is not None
    assert "a certificate of the vendor" in anew.article.text
    assert "an expired token" not in anew.article.text
    assert anew.article.version == first.article.version + 1


async def test_a_near_twin_gets_an_edit_proposed_instead(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    twin = Article(
        id=ArticleId("twin"),
        title="fx_trades fails",
        text="## Symptoms\n\n- fx_trades fails\n\n## Cause\n\nan expired token\n\n"
        "## What was tried\n\n- restarted the loader, no change\n\n## Fix\n\n1. replayed the queue",
        kind=ArticleKind.KB,
        feeds=("fx_trades",),
    )
    async with _worker(environment.client, desk, twin):
        await _start(environment.client)
        await _until(lambda: _entry(desk) is not None)

    entry = _entry(desk)
    assert entry is not None
    assert entry.edits == "twin"
    assert "Seen again" in entry.addition


async def test_the_owner_is_reminded_twice_and_then_left_alone(
    environment: WorkflowEnvironment, desk: Desk
) -> None:
    async with _worker(environment.client, desk):
        handle = await _start(environment.client)

        assert await handle.result() == "draft"
        await _keep_history(handle, "reminded")

    with desk.transactions.reading() as uow:
        due = uow.postings.due(desk.clock.now() + timedelta(days=1), 50, list(Platform))
    reminders = [posting for posting in due if posting.key.startswith("remind#")]
    assert len(reminders) == 2


async def test_while_a_draft_waits_for_the_writer_the_doors_go_on(desk: Desk) -> None:
    holds, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with desk.transactions.writing():
            holds.set()
            assert may_end.wait(60)

    with ThreadPoolExecutor(1) as other:
        holding = other.submit(hold)
        try:
            assert await asyncio.to_thread(holds.wait, 60)
            drafting = asyncio.create_task(_remembering(desk).draft_article(LearningRef(id=ID)))
            await until(lambda: "remembering" in _stack_of_writers())
            assert not drafting.done()  # and this loop goes round
        finally:
            may_end.set()
        holding.result(60)

    assert (await drafting).state == ArticleState.DRAFT.value
    assert _entry(desk) is not None


def _stack_of_writers() -> str:
    """Return the files on the way to a turn that some thread waits for."""
    found = []
    for frame in sys._current_frames().values():
        files = [at.f_code.co_filename for at, _ in traceback.walk_stack(frame)]
        if any(file.endswith("storage/turns.py") for file in files):
            found += files
    return " ".join(found)

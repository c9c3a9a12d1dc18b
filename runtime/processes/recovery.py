"""Reopen a story for every open row: the workflow server's file may be lost, what was decided may not."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.remembering import article_of
from domain.investigation.incidents import Incident, IncidentState
from domain.knowledge.articles import ArticleState
from domain.ports.transactions import UnitOfWork
from domain.stories import StoryCall, StoryKind
from runtime.settings.house import Settings
from runtime.story_key import StoryKey
from runtime.wiring.stores import Stores
from runtime.wiring.temporal import Connection
from runtime.wiring.watch import reopen_watch
from runtime.wiring.watching.watch_schedules import keep_schedules
from workflows import names

log = logging.getLogger("dogwatch.recovery")

_LOOK_SECONDS = 5.0
_BEGUN_WITHIN_SECONDS, _FIRST_LOOK_SECONDS = 60.0, 0.5
"""A house with thousands of open stories takes its time to begin the watch among them."""
_CALL = timedelta(seconds=5)


def recover(stores: Stores) -> None:
    """Write a call for everything that is open, at a start; a story that runs already only looks again."""
    now = stores.clock.now()
    with stores.transactions.writing() as uow:
        if stores.database.is_sqlite:
            uow.postings.release_claims(now)  # the data folder's lock says that no other front runs
        _reopen(uow, now)


async def keep_stories(
    connection: Connection,
    settings: Settings,
    stores: Stores,
    wake: Callable[[], None],
    key: StoryKey | None = None,
    *,
    look_seconds: float = _LOOK_SECONDS,
    begun_within_seconds: float = _BEGUN_WITHIN_SECONDS,
) -> None:
    """Keep schedules and stories, also when the server loses its file while we run; until cancelled.

    Args:
        key: Looks whether what the server holds opens; nobody does when None.
        begun_within_seconds: How long the call that begins the watch may be on its way: it is not lost then.
    """
    loop = asyncio.get_running_loop()
    while True:
        client = await connection.wait()
        await keep_schedules(client, settings)
        if key is not None:
            await key.look(client)
        begun_until, pause = loop.time() + begun_within_seconds, min(look_seconds, _FIRST_LOOK_SECONDS)
        is_known: bool | None = None
        while is_known is not False:
            await asyncio.sleep(pause)
            is_known = await _knows_us(client)
            if is_known:
                begun_until, pause = 0.0, look_seconds
            elif loop.time() < begun_until:
                is_known = None
        log.error("the workflow server has lost the stories; each is begun again from the database")
        connection.forget()
        await asyncio.to_thread(_reopen_now, stores)
        wake()


async def _knows_us(client: Client) -> bool | None:
    """Return whether the watch, which never ends, still runs; None of a server that is away or too slow."""
    try:
        watch = await client.get_workflow_handle(names.watch_id("main")).describe(rpc_timeout=_CALL)
    except RPCError as error:
        return False if error.status is RPCStatusCode.NOT_FOUND else None
    return watch.status is WorkflowExecutionStatus.RUNNING


def _reopen_now(stores: Stores) -> None:
    with stores.transactions.writing() as uow:
        _reopen(uow, stores.clock.now())


def _reopen(uow: UnitOfWork, now: datetime) -> None:
    owing = {override.fix for override in uow.guards.unreviewed() if not override.is_escalated}
    fixes = sorted({fix.id for fix in uow.fixes.every_open()} | owing)
    calls: list[tuple[StoryKind, str]] = [(StoryKind.REMEDIATION, fix) for fix in fixes]
    calls += [(StoryKind.ONBOARDING, change.id) for change in uow.changes.every_open()]
    for incident in uow.incidents.unfinished():
        calls.append((StoryKind.INCIDENT, incident.id))
        if _is_to_be_learned_from(uow, incident):
            calls.append((StoryKind.LEARNING, incident.id))
    for kind, subject in calls:
        key = f"recover/{kind}/{subject}/{now.timestamp():.6f}"
        uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))
    reopen_watch(uow, now)


def _is_to_be_learned_from(uow: UnitOfWork, incident: Incident) -> bool:
    """Return whether it was handed to the learning story, and no article of it has been decided about."""
    if incident.state is not IncidentState.RESOLVED or not incident.is_learned:
        return False
    known = uow.articles.find(article_of(incident.id))
    return known is None or known.article.state is ArticleState.DRAFT

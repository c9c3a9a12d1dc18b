"""`dogwatch mcp`: what other assistants may ask of us, as a person, with that person's rights."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from starlette.requests import Request

from bot.cards.model import Card
from bot.cards.text import quote
from domain.configuration.changes import FeedEntry
from domain.errors import BadInput, NotAllowed, NotFound, NotNow
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.identity.web_access import Scope
from domain.ids import IncidentId, PersonId
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.knowledge.articles import Query, Reader
from domain.knowledge.library import new_id, passage_path
from domain.knowledge.readers import audiences_of
from domain.proof.audit import AuditAct, AuditEntry
from domain.telling.postings import Posting, View
from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth, RunPoint
from integrations.mcp_server import AssistantTools, Found
from runtime.library_access.client import KnowledgeClient
from runtime.settings.house import Settings
from runtime.wiring.doors import channel_map
from runtime.wiring.knowledge import library_client
from runtime.wiring.model import redactor
from runtime.wiring.stores import Stores
from storage.feed_health import SqlFeedHealth
from web.visitors import Visitors

Tool = Callable[[PersonId, str], Awaitable[Found]]

_LISTED = 50
_LONGEST_PROPOSAL = 4_000
_MOST_PROPOSALS = 10
_HOUR = timedelta(hours=1)


class AssistantDesk:
    """Does what assistants call, on the same stores and with the same rights as the chat.

    Args:
        settings: For the channel that proposals are shown in.
        stores: The truth.
        library: The way to the library.
    """

    def __init__(self, settings: Settings, stores: Stores, library: KnowledgeClient) -> None:
        self._redact = redactor(settings)
        self._stores = stores
        self._library = library
        self._health = SqlFeedHealth(stores.database)
        self._places = channel_map(settings).get("approvals", ())
        self._proposed: dict[PersonId, deque[datetime]] = {}

    def tools(self) -> AssistantTools:
        """Return everything that can be called; nothing here approves or runs anything."""
        return AssistantTools(
            search=self._redacted(self.search),
            ask=self._redacted(self.ask),
            feeds=self._redacted(self.feeds),
            predictions=self._redacted(self.predictions),
            incidents=self._redacted(self.incidents),
            diagnosis=self._redacted(self.diagnosis),
            propose=self.propose,
        )

    def _redacted(self, tool: Tool) -> Tool:
        """Return the tool with answers fit to leave the house: behind an assistant is somebody's model."""

        async def call(caller: PersonId, text: str) -> Found:
            found = await tool(caller, text)
            return {name: _each_text(value, self._redact) for name, value in found.items()}

        return call

    async def search(self, caller: PersonId, text: str) -> Found:
        """Return the best articles that the caller may read."""
        person = await self._person(caller, Act.ASK)
        hits = await self._library.search(Query(text=text[:4000], limit=8), _alone(person))
        return {
            "articles": [
                {
                    "title": hit.title,
                    "heading": hit.passage.heading,
                    "text": hit.passage.text[:1200],
                    "path": passage_path(hit.article, hit.passage.number),
                }
                for hit in hits
            ]
        }

    async def ask(self, caller: PersonId, text: str) -> Found:
        """Return a cited answer, or that it is not known."""
        person = await self._person(caller, Act.ASK)
        answered = await self._library.answer(text, _alone(person))
        answer = answered.answer
        return {
            "kind": answer.kind.value,
            "text": answer.text,
            "limited": answered.limited,
            "not_known": list(answer.unanswered),
            "citations": [
                {"number": c.number, "title": c.title, "path": passage_path(c.article, c.passage)}
                for c in answer.citations
            ],
        }

    async def feeds(self, caller: PersonId, text: str) -> Found:
        """Return the configured feeds, narrowed by name."""
        await self._person(caller, Act.SEE_FEEDS)

        def read() -> list[Mapping[str, object]]:
            with self._stores.transactions.reading() as uow:
                configured = {str(feed.name): feed for feed in uow.feeds.every()}
            watched = {one.name: one for one in self._health.every()}
            wanted = text.strip().lower()
            names = [name for name in sorted({*configured, *watched}) if wanted in name]
            return [_feed(name, configured.get(name), watched.get(name)) for name in names[:_LISTED]]

        return {"feeds": await asyncio.to_thread(read)}

    async def predictions(self, caller: PersonId, text: str) -> Found:
        """Return the troubles that people are told of ahead of time, the most urgent first."""
        await self._person(caller, Act.SEE_FEEDS)
        now = self._stores.clock.now()

        def read() -> list[Mapping[str, object]]:
            wanted = text.strip().lower()
            watched = {one.name: one for one in self._health.every()}
            told = [alert for alert in self._health.open_alerts() if wanted in alert.root]
            return [_expected(alert, watched.get(alert.root), now) for alert in told[:_LISTED]]

        return {"predictions": await asyncio.to_thread(read)}

    async def incidents(self, caller: PersonId, text: str) -> Found:
        """Return incidents, newest first, narrowed by words of title, subject or state."""
        await self._person(caller, Act.ASK)

        def read() -> list[Mapping[str, object]]:
            with self._stores.transactions.reading() as uow:
                found = uow.incidents.newest(200)
            wanted = text.lower()
            kept = [i for i in found if wanted in f"{i.id} {i.title} {i.about} {i.state.value}".lower()]
            return [
                {"id": i.id, "title": i.title, "state": i.state.value, "severity": i.severity.value}
                for i in kept[:_LISTED]
            ]

        return {"incidents": await asyncio.to_thread(read)}

    async def diagnosis(self, caller: PersonId, text: str) -> Found:
        """Return the newest diagnosis of an incident."""
        await self._person(caller, Act.ASK)

        def read() -> Found:
            with self._stores.transactions.reading() as uow:
                incident = uow.incidents.get(IncidentId(text.strip()))
            if incident.report is None:
                raise NotFound("no diagnosis yet", say="This incident has no diagnosis yet.")
            report = DiagnosisReport.model_validate_json(self._stores.blobs.get(incident.report))
            found = json.loads(report.model_dump_json(include={"diagnosis"}))
            return {"incident": incident.id, **found}

        return await asyncio.to_thread(read)

    async def propose(self, caller: PersonId, text: str) -> Found:
        """Show people a proposal; whatever comes of it goes through their own hands and approvals."""
        person = await self._person(caller, Act.PROPOSE_FIX)
        words = self._redact(" ".join(text.split())[:_LONGEST_PROPOSAL])
        if not words:
            raise BadInput("empty proposal", say="Say what you propose.")
        self._count(person.id)
        return await asyncio.to_thread(self._propose, person, words)

    def _count(self, person: PersonId) -> None:
        """Note a proposal: an assistant that has lost its way must not fill the channel of approvals."""
        now = self._stores.clock.now()
        made = self._proposed.setdefault(person, deque(maxlen=_MOST_PROPOSALS))
        if len(made) == _MOST_PROPOSALS and now - made[0] < _HOUR:
            raise NotNow(
                f"{person} proposed {_MOST_PROPOSALS} times within an hour",
                say=f"{_MOST_PROPOSALS} proposals an hour are shown to people, and you made as many.",
                next_step="Nothing was shown. Wait, or say it in the chat.",
            )
        made.append(now)

    def _propose(self, person: Person, words: str) -> Found:
        now = self._stores.clock.now()
        key = new_id("p", person.id, words, f"{now:%Y%m%d%H}")
        card = Card(
            title="An assistant proposes",
            lead=quote(words[:2000]),
            footer=quote(
                f"On behalf of {person.name}. Nothing happens by itself: do it with the usual words."
            ),
            plain=f"On behalf of {person.name}, an assistant proposes: {words}",
        )
        with self._stores.transactions.writing() as uow:
            for place in self._places:
                uow.postings.add(
                    Posting(
                        key=f"{key}:{place.platform}:{place.channel}",
                        view=View.MESSAGE,
                        place=place,
                        card_json=card.model_dump_json(),
                        created_at=now,
                        next_attempt_at=now,
                    )
                )
            uow.audit.append(
                AuditEntry(
                    at=now, act=AuditAct.PLAN_PROPOSED, actor=person.id, subject=f"proposal/{key}", door="mcp"
                )
            )
        return {"proposal": key, "shown_to_people": bool(self._places), "done": False}

    async def _person(self, caller: PersonId, act: Act) -> Person:
        """Return the caller as they are now; raises `NotAllowed` when they may not."""

        def read() -> Person:
            with self._stores.transactions.reading() as uow:
                return uow.people.get(caller)

        person = await asyncio.to_thread(read)
        if not may(person, act):
            raise NotAllowed(
                f"{caller} lacks {act}", say="You may not do that, so no assistant of yours may."
            )
        return person


def _each_text(value: object, redact: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _each_text(one, redact) for name, one in value.items()}
    return [_each_text(one, redact) for one in value] if isinstance(value, (list, tuple)) else value


def _feed(name: str, configured: FeedEntry | None, watched: FeedHealth | None) -> Mapping[str, object]:
    """Return what is known of a feed; one that is not watched has no health, one not merged no schedule."""
    found: dict[str, object] = {"name": name}
    if configured is not None:
        found |= {
            "owner": configured.owner,
            "criticality": configured.criticality,
            "schedule": configured.schedule,
        }
    if watched is not None:
        found |= {"health": watched.state.value, "why": watched.why, "last_run": _run(watched.last_run)}
    return found


def _run(last: RunPoint | None) -> Mapping[str, object] | None:
    if last is None:
        return None
    return json.loads(last.model_dump_json())  # type: ignore[no-any-return]  # an object, as every model is


def _expected(alert: Alert, watched: FeedHealth | None, now: datetime) -> Mapping[str, object]:
    """Return an alert as people are told of it."""
    found: dict[str, object] = {
        "feed": alert.root,
        "probability": round(alert.probability, 3),
        "state": alert.state.value,
        "reasons": list(alert.reasons),
    }
    if watched is not None:
        found["minutes_left"] = watched.minutes_left(now)
    return found


def _alone(person: Person) -> Reader:
    """Return the person as a reader with nobody beside them."""
    return Reader(person=person.id, audiences=audiences_of(person))


def assistant_desk(settings: Settings, stores: Stores) -> AssistantDesk:
    """Return the desk of assistants."""
    return AssistantDesk(settings, stores, library_client(settings, stores))


async def owner_of_key(visitors: Visitors, token: str) -> PersonId | None:
    """Return whose key it is, None for one that is unknown, over or not for reading."""
    headers: Sequence[tuple[bytes, bytes]] = [(b"authorization", f"Bearer {token}".encode())]
    found = await visitors.by_key(Request({"type": "http", "headers": list(headers)}), Scope.READ)
    return None if found is None else found.person.id

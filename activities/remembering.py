"""Make an article of a resolved incident, show it to its owner, and remind them while it waits."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.resolved_incidents import resolved_incident, runs_for
from domain.errors import NotFound
from domain.identity.chat import Place
from domain.ids import ArticleId, IncidentId
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import Incident
from domain.knowledge.articles import ArticleState, DraftProposal, ResolvedIncident
from domain.knowledge.library import ArticleEntry, new_id
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.knowledge_service import KnowledgeService
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.telling.postings import Posting, View

_REMIND_AFTER = timedelta(days=2)
_MOST_REMINDERS = 2


class LearningRef(BaseModel):
    """Which incident, and which reminder."""

    model_config = ConfigDict(frozen=True)

    id: str
    step: int = 0


class Learnt(BaseModel):
    """How far its article is."""

    model_config = ConfigDict(frozen=True)

    state: str
    """Of the article; `none` before there is one."""
    remind_at: datetime | None = None
    step: int = 0


class Remembering:
    """Activities of the front queue.

    Args:
        library: Drafts, and finds near twins.
        blobs: Where diagnoses lie.
        card: Makes a card of title and text.
        reading: Opens a transaction that reads.
        writing: Opens a transaction that writes.
        clock: The time.
        wake: Tells delivery that there is something to do.
    """

    def __init__(
        self,
        library: KnowledgeService,
        blobs: BlobStore,
        *,
        card: Callable[[str, str], str],
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._library = library
        self._blobs = blobs
        self._card = card
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake

    # Both share the doors' loop while they wait for the library: the database is read and written beside it.

    @activity.defn
    async def draft_article(self, ref: LearningRef) -> Learnt:
        """Draft the article, or the edit of its near twin, once, and show it to the owner."""
        incident, known = await asyncio.to_thread(self._so_far, ref)
        if known is not None and not _is_of_before(known, incident):
            return self._learnt(known, ref.step)
        proposal = await self._library.draft(await asyncio.to_thread(self._resolved, incident))
        return await asyncio.to_thread(self._keep, incident, proposal, ref.step)

    @activity.defn
    async def look_at_article(self, ref: LearningRef) -> Learnt:
        """Return how far the article is; it is drafted anew where its incident came back and ended anew."""
        incident, entry = await asyncio.to_thread(self._so_far, ref)
        if entry is not None and _is_of_before(entry, incident):
            return await self.draft_article(ref)
        return Learnt(state="none") if entry is None else self._learnt(entry, ref.step)

    def _so_far(self, ref: LearningRef) -> tuple[Incident, ArticleEntry | None]:
        with self._reading() as uow:
            incident = uow.incidents.get(IncidentId(ref.id))
            return incident, uow.articles.find(article_of(incident.id))

    def _resolved(self, incident: Incident) -> ResolvedIncident:
        with self._reading() as uow:
            lines = list(uow.timeline.of(incident.id))
            runs = runs_for(uow, incident)
        return resolved_incident(incident, lines, self._report(incident), runs)

    @activity.defn
    def remind_of_article(self, ref: LearningRef) -> Learnt:
        """Remind the owner that the draft waits."""
        with self._writing() as uow:
            entry = uow.articles.get(article_of(IncidentId(ref.id)))
            if entry.article.state is ArticleState.DRAFT and entry.place is not None:
                text = f"The draft “{entry.article.title}” still waits: publish, edit or discard it."
                self._post(uow, entry.place, f"remind#{entry.article.id}:{ref.step}", text)
        self._wake()
        return self._learnt(entry, ref.step + 1)

    def _keep(self, incident: Incident, proposal: DraftProposal, step: int) -> Learnt:
        now = self._clock.now()
        with self._reading() as uow:
            first = next(iter(threads_of(uow, incident)))
        told = {"id": article_of(incident.id), "updated_at": incident.resolved_at or now}
        article = proposal.draft.model_copy(update=told)
        entry = ArticleEntry(
            article=article,
            edits=proposal.edits,
            addition=proposal.addition,
            similarity=proposal.similarity,
            base_version=proposal.draft.version - 1 if proposal.edits else 0,
            incident=incident.id,
            place=first,
        )
        with self._writing() as uow:
            known = uow.articles.find(article.id)
            if known is not None and not _is_of_before(known, incident):
                return self._learnt(known, step)
            kept = uow.articles.save(entry)
            uow.postings.refresh(kept.subject, now)
            uow.audit.append(
                AuditEntry(
                    at=now,
                    act=AuditAct.ARTICLE_CHANGED,
                    actor="dogwatch",
                    subject=kept.subject,
                    facts={"did": "drafted", "incident": incident.id, "edits": proposal.edits or ""},
                )
            )
            for place in threads_of(uow, incident):
                where = f"{place.platform}:{place.channel}:{place.thread}"
                uow.postings.add(
                    Posting(
                        key=f"{View.ARTICLE}:{kept.subject}:{where}",
                        view=View.ARTICLE,
                        subject=kept.subject,
                        place=place,
                        created_at=now,
                        next_attempt_at=now,
                    )
                )
        self._wake()
        return self._learnt(kept, step)

    def _post(self, uow: UnitOfWork, place: Place, key: str, text: str) -> None:
        now = self._clock.now()
        uow.postings.add(
            Posting(
                key=key,
                view=View.MESSAGE,
                place=place,
                card_json=self._card("A draft waits", text),
                created_at=now,
                next_attempt_at=now,
            )
        )

    def _report(self, incident: Incident) -> DiagnosisReport | None:
        if incident.report is None:
            return None
        try:
            return DiagnosisReport.model_validate_json(self._blobs.get(incident.report))
        except NotFound:
            return None

    def _learnt(self, entry: ArticleEntry, step: int) -> Learnt:
        waits = entry.article.state is ArticleState.DRAFT and step < _MOST_REMINDERS
        since = entry.article.updated_at or self._clock.now()
        remind = since + _REMIND_AFTER * (step + 1) if waits else None
        return Learnt(state=entry.article.state.value, remind_at=remind, step=step)


def _is_of_before(entry: ArticleEntry, incident: Incident) -> bool:
    """Return whether a draft that nobody touched tells a cause that was taken back when it was reopened."""
    is_untouched = entry.article.state is ArticleState.DRAFT and entry.author is None
    told, ended = entry.article.updated_at, incident.resolved_at
    return is_untouched and told is not None and ended is not None and told < ended


def article_of(incident: IncidentId) -> ArticleId:
    """Return the id of the article that an incident becomes; the same at every try."""
    return ArticleId(new_id("i", incident))


def threads_of(uow: UnitOfWork, incident: Incident) -> list[Place]:
    """Return the thread below each card of an incident; its own place where no card stands yet."""
    found = []
    for posting in uow.posting_lookup.about(incident.subject):
        place = posting.place
        if not place.thread and posting.sent is not None:
            place = place.model_copy(update={"thread": posting.sent.message})
        if posting.view is View.INCIDENT and place not in found:
            found.append(place)
    return found or [incident.place]

"""The front's way to the library process: bounded calls, a rest after failures, exact words meanwhile."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from domain.errors import BadInput, NotNow, OutsideTrouble
from domain.knowledge.articles import (
    EVERYONE,
    ArticleKind,
    DraftProposal,
    Hit,
    Query,
    Reader,
    ResolvedIncident,
)
from domain.knowledge.library import Hint, Related, passage_path
from domain.knowledge.readers import ChannelAudiences
from domain.ports.knowledge_service import Answered, Findings, Gap
from knowledge.quoting import telling_sentence
from runtime.library_access import wire
from runtime.library_access.fallback import AWAY, WordFallback

log = logging.getLogger("dogwatch.library")

_ANSWER_SECONDS = 5.0
_REPORT_SECONDS = 60.0
_REPORTS = frozenset({"/gaps", "/findings"})
_HEALTH = "/health"
_REST_SECONDS = 1.0
_LONGEST_QUESTION = 20_000
_SURE = 0.6
"""Share of the words that an article must hold before it stands on an alert's card by words alone."""
Said = TypeVar("Said", bound=BaseModel)
Given = TypeVar("Given")
PUBLIC = Reader(audiences=frozenset({EVERYONE}), channel=frozenset({EVERYONE}))


class KnowledgeClient:
    """Implements `KnowledgeService`.

    Args:
        secret: Shared with the library process.
        url: Its address; empty reads the port that it wrote into the data folder.
        port_file: That file.
        fallback: Answers while it is away; also when it does not answer in time.
        report_seconds: How long a report on the library may take.
    """

    def __init__(
        self,
        secret: bytes,
        url: str,
        port_file: Path,
        fallback: WordFallback,
        *,
        report_seconds: float = _REPORT_SECONDS,
    ) -> None:
        self._http = httpx.Client(
            headers={"authorization": f"Bearer {secret.hex()}"},
            timeout=_ANSWER_SECONDS,
            trust_env=False,
            limits=httpx.Limits(max_connections=24, max_keepalive_connections=24),
        )
        self._url = url.rstrip("/")
        self._port_file = port_file
        self._fallback = fallback
        self._report_seconds = report_seconds
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="library")
        # One by one, as the library makes them: the time of one that waited there would run out.
        self._reports = ThreadPoolExecutor(1, thread_name_prefix="library-reports")
        self._away_until = 0.0
        self._lock = threading.Lock()

    async def answer(self, question: str, reader: Reader, earlier: Sequence[str] = ()) -> Answered:
        """Return a cited answer or "I don't know"."""
        return await self._soon(lambda: self._answer(question[:_LONGEST_QUESTION], reader, tuple(earlier)))

    async def search(self, query: Query, reader: Reader) -> tuple[Hit, ...]:
        """Return the best articles, best first."""
        return await self._soon(lambda: self._search(query, reader))

    async def draft(self, incident: ResolvedIncident) -> DraftProposal:
        """Return a draft article, or an edit of the near twin; raises `OutsideTrouble`."""
        asked = wire.DraftAsked(incident=incident)
        return (await self._soon(lambda: self._call("/draft", asked, wire.DraftSaid))).proposal

    async def gaps(self, reader: Reader, channels: ChannelAudiences) -> list[Gap]:
        """Return what is asked and not answered; raises `OutsideTrouble`."""
        asked = wire.GapsAsked(reader=reader, channels=dict(channels))
        said = await self._soon(
            lambda: self._call("/gaps", asked, wire.GapsSaid, self._report_seconds), self._reports
        )
        return list(said.gaps)

    async def findings(self, reader: Reader) -> Findings:
        """Return twins and contradictions; raises `OutsideTrouble`."""
        asked = wire.FindingsAsked(reader=reader)
        said = await self._soon(
            lambda: self._call("/findings", asked, wire.FindingsSaid, self._report_seconds), self._reports
        )
        return said.findings

    def related(
        self,
        words: str,
        *,
        name: str = "",
        services: Sequence[str] = (),
        feeds: Sequence[str] = (),
        reader: Reader | None = None,
    ) -> Related:
        """Return runbooks and similar incidents; exact words while the library is away."""
        seen_by = reader or PUBLIC
        asked = wire.RelatedAsked(
            words=words[:_LONGEST_QUESTION],
            name=name[:200],
            services=tuple(services),
            feeds=tuple(feeds),
            reader=seen_by,
        )
        try:
            return self._call("/related", asked, wire.RelatedSaid).related
        except OutsideTrouble:
            return self._related_by_words(words, name, seen_by)

    def health(self) -> wire.HealthSaid:
        """Return how the library is; raises `OutsideTrouble` when it does not say."""
        return self._call(_HEALTH, None, wire.HealthSaid)

    def close(self) -> None:
        """Give everything back."""
        for pool in (self._pool, self._reports):
            pool.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    async def _soon(self, do: Callable[[], Given], pool: ThreadPoolExecutor | None = None) -> Given:
        return await asyncio.get_running_loop().run_in_executor(pool or self._pool, do)

    def _answer(self, question: str, reader: Reader, earlier: tuple[str, ...]) -> Answered:
        asked = wire.AnswerAsked(question=question, reader=reader, earlier=earlier)
        try:
            said = self._call("/answer", asked, wire.AnswerSaid)
        except OutsideTrouble:
            return Answered(self._fallback.answer(question, reader), AWAY)
        return Answered(said.answer, said.limited)

    def _search(self, query: Query, reader: Reader) -> tuple[Hit, ...]:
        try:
            asked = wire.SearchAsked(query=query, reader=reader)
            return self._call("/search", asked, wire.SearchSaid).hits
        except OutsideTrouble:
            return self._fallback.search(query, reader)

    def _related_by_words(self, words: str, name: str, reader: Reader) -> Related:
        hits = self._fallback.search(Query(text=words[:1000], name=name[:200], limit=3), reader)
        sure = [hit for hit in hits if hit.confidence >= _SURE]
        hints = tuple(
            Hint(
                article=hit.article,
                title=hit.title,
                kind=ArticleKind.RUNBOOK,
                heading=hit.passage.heading,
                excerpt=telling_sentence(hit.passage.text, words),
                path=passage_path(hit.article),
            )
            for hit in sure
        )
        return Related(runbooks=hints, limited=AWAY)

    def _call(
        self, path: str, asked: BaseModel | None, kind: type[Said], seconds: float = _ANSWER_SECONDS
    ) -> Said:
        if time.monotonic() < self._away_until:
            raise _away("rests")
        try:
            body = asked.model_dump_json() if asked is not None else "{}"
            reply = self._http.post(self._address() + path, content=body, timeout=seconds)
            if reply.status_code == httpx.codes.CONFLICT:
                refused = reply.json()
                raise NotNow("library refused", say=refused["say"], next_step=refused["next_step"])
            reply.raise_for_status()
            return kind.model_validate_json(reply.content)
        except (httpx.HTTPError, OSError, ValueError, ValidationError) as error:
            if path not in _REPORTS:  # one that takes too long says nothing of questions
                self._away_until = time.monotonic() + _REST_SECONDS
            if path != _HEALTH:  # who asks for that tells it, and knows whether the library only starts
                log.warning("library is away: %s", type(error).__name__)
            raise _away(type(error).__name__) from error

    def _address(self) -> str:
        if self._url:
            return self._url
        port = self._port_file.read_text(encoding="ascii").strip()
        if not port.isdigit():
            raise BadInput("library port file", say="The library's port file is damaged.")
        return f"http://127.0.0.1:{port}"


def _away(why: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"library: {why}", say="My library is away just now.", next_step="Ask again in a minute."
    )

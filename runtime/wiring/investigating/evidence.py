"""The evidence desk: ask every source at once, within ten seconds, and hand one case to the diagnosis.

A source that is slow, away or wrong costs nothing but a sentence in the case; the others' answers are used.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.errors import DogwatchError
from domain.investigation.evidence import Alert, IncidentCase, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery, EvidenceSource
from telemetry.case_building import SourceFailure, build_case, joined

log = logging.getLogger("dogwatch.evidence")

BUDGET_SECONDS = 10.0
BEFORE = timedelta(minutes=30)
AFTER = timedelta(minutes=10)
REFERENCE_EARLIER = timedelta(minutes=60)
_MOST_SERVICES_WHOLE = 80
_STEPS_AROUND = 2
_SCOUTED_BEFORE, _FINEST_SECONDS, _MOST_STEPS = timedelta(hours=1), 30, 480
_SCOUTED_ROWS = 20_000
_AT_ONCE = 8
"""Questions to one source: what waits for the questions of other incidents waits within its own time."""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How one source did: seconds, rows it gave, of which kinds, and what is missing or went wrong."""

    source: str
    seconds: float
    rows: int
    said: tuple[str, ...] = ()
    answered: bool = True
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """A case and where it came from."""

    case: IncidentCase
    query: EvidenceQuery
    reports: tuple[SourceReport, ...]
    seconds: float


class EvidenceDesk:
    """Gathers evidence from all sources.

    Args:
        sources: The most trusted first; called in threads, each with its own time-out.
        known_calls: The map's (caller, callee) pairs, for what no trace of the window shows.
        now: The present moment, aware.
        budget_seconds: After this long, what has not answered is named and left out.
    """

    def __init__(
        self,
        sources: Sequence[EvidenceSource],
        *,
        now: Callable[[], datetime],
        known_calls: Callable[[], tuple[tuple[str, str], ...]] = lambda: (),
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        self._sources = tuple(sources)
        self._now, self._known_calls, self._budget = now, known_calls, budget_seconds
        # Each has threads of its own: one that hangs keeps those of no other while many ask at once.
        self._threads = [ThreadPoolExecutor(_AT_ONCE, source.name) for source in self._sources]

    @property
    def source_names(self) -> tuple[str, ...]:
        """Return what is asked, by name."""
        return tuple(source.name for source in self._sources)

    async def gather(
        self,
        case_id: str,
        question: str = "",
        services: Sequence[str] = (),
        *,
        anomaly: datetime | None = None,
        begin: datetime | None = None,
        end: datetime | None = None,
        alert: Alert | None = None,
        step_seconds: int = 30,
    ) -> Gathered:
        """Return one case for the diagnosis, at most the budget after the call.

        Args:
            case_id: The incident's id.
            question: What a person asked; services named in it are what is looked around.
            services: What the alert is about, where that is known.
            anomaly: When the trouble began or was seen; now when left out.
            begin: Start of the window; 30 minutes before the anomaly when left out.
            end: End of the window; 10 minutes after the anomaly, and never ahead of now.
            alert: What fired.
            step_seconds: Distance of samples.
        """
        began = time.monotonic()
        now = self._now()
        anomaly = min(anomaly or now, now)
        query = EvidenceQuery(
            begin=begin or anomaly - BEFORE,
            end=min(end or anomaly + AFTER, now),
            anomaly=anomaly,
            services=self._around(question, services),
            step_seconds=step_seconds,
        )
        usual = replace(
            query,
            begin=query.begin - REFERENCE_EARLIER,
            end=query.begin - REFERENCE_EARLIER / 2,
            anomaly=query.begin - REFERENCE_EARLIER / 2,
            most_rows=query.most_rows // 2,
        )
        count = len(self._sources)
        asked = [(place, told) for told in (query, usual) for place in range(count)]
        results = await asyncio.gather(*(self._ask(place, told) for place, told in asked))
        answers = [answer for answer, _ in results[:count] if answer is not None]
        reports = tuple(report for _, report in results[:count])
        case = build_case(
            case_id,
            query,
            answers,
            alert=alert,
            reference=[answer for answer, _ in results[count:] if answer is not None],
            calls=self._known_calls(),
            failures=[SourceFailure(r.source, r.said[0]) for r in reports if not r.answered],
        )
        return Gathered(case, query, reports, time.monotonic() - began)

    async def scout(
        self, since: datetime, until: datetime, services: Sequence[str] = ()
    ) -> tuple[Telemetry, EvidenceQuery]:
        """Return coarse telemetry of hours that are over and the hour before; empty where none came in time.

        Args:
            since: Begin of the hours.
            until: Their end.
            services: Whose; everybody's when left out.
        """
        span = until - since
        query = EvidenceQuery(
            begin=since - _SCOUTED_BEFORE,
            end=until,
            anomaly=since,
            services=tuple(services),
            step_seconds=max(_FINEST_SECONDS, int(span.total_seconds() / _MOST_STEPS)),
            most_rows=_SCOUTED_ROWS,
        )
        asked = (self._ask(place, query, self._budget / 3) for place in range(len(self._sources)))
        answers = [answer for answer, _ in await asyncio.gather(*asked) if answer is not None]
        return joined(answers, query), query

    def close(self) -> None:
        """Let go of the threads; a source that hangs ends by its own time-out."""
        for threads in self._threads:
            threads.shutdown(wait=False, cancel_futures=True)

    def _around(self, question: str, services: Sequence[str]) -> tuple[str, ...]:
        """Return whom to ask about: everybody in a small system, the neighbourhood in a large one."""
        calls = self._known_calls()
        known = {name for pair in calls for name in pair}
        named = set(services) | services_named_in(question, known)
        if len(known) <= _MOST_SERVICES_WHOLE or not named & known:
            return ()
        near = set(named)
        for _ in range(_STEPS_AROUND):
            near |= {name for pair in calls if near & set(pair) for name in pair}
        return tuple(sorted(near))

    async def _ask(
        self, place: int, query: EvidenceQuery, seconds: float = 0.0
    ) -> tuple[EvidenceAnswer | None, SourceReport]:
        source, threads = self._sources[place], self._threads[place]
        began, seconds = time.monotonic(), seconds or self._budget
        loop = asyncio.get_running_loop()
        try:
            answer = await asyncio.wait_for(loop.run_in_executor(threads, source.fetch, query), seconds)
        except TimeoutError:
            said = f"{source.name} did not answer within {seconds:.0f} s"
        except DogwatchError as error:
            said = f"{source.name}: {error.say}"
            log.info("a source gave nothing", extra={"source": source.name, "why": str(error)})
        else:
            counts = _counts(answer)
            kinds = tuple(kind for kind, count in counts.items() if count)
            seconds = time.monotonic() - began
            report = SourceReport(source.name, seconds, sum(counts.values()), answer.missing, kinds=kinds)
            return answer, report
        return None, SourceReport(source.name, time.monotonic() - began, 0, (said,), answered=False)


def services_named_in(question: str, known: set[str]) -> set[str]:
    """Return the known services that a question names, whole words only, whatever their case."""
    text = question.casefold()
    return {
        name
        for name in known
        if name and re.search(rf"(?<![\w-]){re.escape(name.casefold())}(?![\w-])", text)
    }


def _counts(answer: EvidenceAnswer) -> dict[str, int]:
    told = answer.telemetry
    return {
        "metric": len(told.metrics.series),
        "span": len(told.spans),
        "log": len(told.logs),
        "change": len(answer.changes),
        "edge": len(answer.calls),
    }

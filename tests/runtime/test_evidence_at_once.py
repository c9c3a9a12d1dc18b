"""Several incidents at the same moment: none waits in its own time until others were answered."""

import asyncio
import threading
from datetime import UTC, datetime

from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from runtime.wiring.investigating.evidence import EvidenceDesk
from tests.runtime.test_evidence_desk import Told

_INCIDENTS = 4


class _Together(Told):
    """Answers when the two questions of each incident are there."""

    def __init__(self) -> None:
        super().__init__("Loki")
        self._there = threading.Barrier(2 * _INCIDENTS)

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        self._there.wait(20)
        return super().fetch(query)


async def test_what_a_few_incidents_ask_one_source_is_asked_at_once() -> None:
    desk = EvidenceDesk([_Together()], now=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC), budget_seconds=30.0)

    found = await asyncio.gather(*(desk.gather(f"i{number}") for number in range(_INCIDENTS)))
    desk.close()

    assert [report.answered for one in found for report in one.reports] == [True] * _INCIDENTS

"""What the sources have forgotten is taken from the case that was kept; what they still hold is not."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import IncidentId
from domain.investigation.evidence import IncidentCase, RunFacts
from domain.ports.diagnostician import Gathered, Inquiry
from domain.ports.incident_stores import KeptCase
from rca.cases.case_pack import packed
from rca.report import find_causes
from runtime.wiring.investigating.kept_evidence import KeptEvidence
from tests.rca.builders import ANOMALY, a_case

_THEN = datetime.fromtimestamp(ANOMALY, UTC)
_RUN = RunFacts("fx_trades", "r8", "failed", ANOMALY, log=("ERROR KeyError: column amount",))
_UNKNOWN = RunFacts("fx_trades", "", "unknown", ANOMALY)
_LATER = replace(_RUN, run_id="r9", log=())


@dataclass(frozen=True)
class Sources:
    """Implements `EvidenceGatherer` with what sources hold by now."""

    case: IncidentCase
    run: RunFacts | None = None

    def gather(self, inquiry: Inquiry) -> Gathered:
        return Gathered(self.case, self.run)


def gathered(sources: Sources, after: timedelta, content: bytes | None = None) -> Gathered:
    case = a_case()
    content = packed(case, _RUN, find_causes(case, _RUN)) if content is None else content
    kept = KeptCase(IncidentId("i1"), 1, _THEN, content)
    inquiry = Inquiry(IncidentId("i1"), "feed/fx_trades", "it fails", _THEN, _THEN + after, kept=kept)
    return KeptEvidence(sources, lambda: _THEN + after).gather(inquiry)


def test_months_later_the_case_and_its_run_are_those_of_then() -> None:
    found = gathered(Sources(IncidentCase("case-1", ANOMALY), _UNKNOWN), timedelta(days=90))

    assert found.is_kept
    assert found.case.telemetry.metrics.series.keys() == a_case().telemetry.metrics.series.keys()
    assert found.run is not None
    assert (found.run.run_id, found.run.log) == (_RUN.run_id, _RUN.log)
    assert any("this is what I kept on 2023-11-14" in text for text in found.case.unavailable)
    assert found.where_from["metric"] == "kept on 2023-11-14 22:13 UTC"


@pytest.mark.parametrize(
    ("sources", "after"),
    [
        (Sources(a_case(), _RUN), timedelta(days=90)),
        (Sources(IncidentCase("case-1", ANOMALY), _UNKNOWN), timedelta(minutes=5)),
    ],
)
def test_sources_that_still_know_or_are_only_away_are_believed(sources: Sources, after: timedelta) -> None:
    found = gathered(sources, after)

    assert not found.is_kept
    assert found.case is sources.case


def test_a_run_that_is_in_question_by_now_is_not_replaced() -> None:
    found = gathered(Sources(IncidentCase("case-1", ANOMALY), _LATER), timedelta(days=1))

    assert found.run == _LATER


def test_a_damaged_case_costs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    found = gathered(Sources(IncidentCase("case-1", ANOMALY)), timedelta(days=90), b"torn")

    assert not found.is_kept
    assert "can't be read" in caplog.text

"""Which kinds of trouble a diagnosis means, and which blanks of a runbook it fills in."""

from datetime import UTC, datetime

import pytest

from domain.ids import IncidentId
from domain.investigation.diagnosed_trouble import known_facts, trouble_types
from domain.investigation.diagnosis import Claim, Diagnosis, Hypothesis, Verdict
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.evidence import EvidenceItem, EvidenceKind
from domain.remediation.runbooks import IncidentType as Type

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_report(service: str, text: str, reference: str, source: str = "rules") -> DiagnosisReport:
    item = EvidenceItem("e1", EvidenceKind.RUN, service, text, reference)
    cause = Hypothesis(service, 1.0, 1.0, claims=(Claim(text, ("e1",)),), source=source)
    onset = datetime(2026, 11, 22, 6, tzinfo=UTC).timestamp()
    found = Diagnosis("c", Verdict.SUPPORTED, 0.9, (cause,), (item,), onset=onset)
    return DiagnosisReport(incident=IncidentId("i00000001"), number=1, diagnosis=found, made_at=NOON)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("the task's last error: “KeyError: column amount”", Type.SCHEMA_CHANGED),
        ("the task's last error: “malformed line 7 in in/orders.csv”", Type.BAD_FILE),
        ("the task's last error: “connection refused”", Type.SOURCE_DOWN),
        ("9,000 rows came where 1,000 are usual", Type.VOLUME_SPIKE),
    ],
)
def test_the_evidence_says_what_kind_of_trouble_a_feed_has(text: str, first: Type) -> None:
    report = a_report("orders", text, "run:r7#0")

    assert trouble_types(report, "orders", "feed/orders", "orders failed")[0] is first


def test_run_file_and_days_are_filled_in_from_the_evidence() -> None:
    report = a_report("orders", "the task's last error: “malformed line 7 in in/orders.csv”", "run:r7#0")

    facts = known_facts(report, "orders")

    assert facts == {"run": "r7", "file": "in/orders.csv", "from": "2026-11-22", "to": "2026-11-23"}


def test_an_error_that_is_underlined_names_its_file_in_no_time() -> None:
    text = f"malformed: {'-' * 200} {'fx-' * 60}trades line 7 in in/orders.csv"

    facts = known_facts(a_report("orders", text, "run:r7#0"), "orders")

    assert facts["file"] == "in/orders.csv"


def test_days_are_those_of_the_zone_by_whose_clock_the_feed_runs() -> None:
    report = a_report("orders", "the task's last error: “malformed line 7”", "run:r7#0")

    assert known_facts(report, "orders", "America/Los_Angeles")["from"] == "2026-11-21"


def test_a_models_idea_chooses_no_runbook_and_fills_no_blank() -> None:
    report = a_report("orders", "no space left in a.csv", "run:r7#0", source="model")

    assert trouble_types(report, "orders", "feed/orders", "orders") == ()
    assert set(known_facts(report, "orders")) == {"from", "to"}


def test_without_evidence_the_words_of_the_alert_count() -> None:
    assert trouble_types(None, "pay", "service/pay", "pay is slow")[0] is Type.SERVICE_SLOW

"""What is true of the two feeds that the real Airflow ran, whoever tells it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from domain.ports.evidence_source import EvidenceAnswer
from domain.ports.run_intake import Receipt, RunEvent
from domain.running.run_merging import merged
from domain.running.runs import Outcome, RejectedRecord, Rejection, Run
from integrations.airflow_lineage import Produced
from telemetry.normalise import check
from telemetry.receivers.formats import from_airflow


class RunShelf:
    """Keeps runs as the store does: by feed and run, by the one rule of merging."""

    def __init__(self) -> None:
        self.runs: dict[tuple[str, str], Run] = {}
        self.datasets: set[tuple[str, str, bool]] = set()
        self.refused: list[RejectedRecord] = []

    def take(
        self, events: Sequence[RunEvent], rejected: Sequence[RejectedRecord] = (), *, source: str = ""
    ) -> Receipt:
        for event in events:
            after = merged(self.runs.get(event.run.key), event.run)
            if not isinstance(after, Rejection):
                self.runs[event.run.key] = after
            self.datasets |= {(event.run.feed, name, False) for name in event.reads}
            self.datasets |= {(event.run.feed, name, True) for name in event.writes}
        self.refused += rejected
        return Receipt(len(events), 0, tuple(rejected))


def check_evidence(answer: EvidenceAnswer) -> None:
    """The failed run, its task and the task's own words are there; so is which feed waits for which."""
    logs = answer.telemetry.logs
    said = list(zip(logs.service, logs.level, logs.message, strict=True))
    words = [message for _, _, message in said]
    assert ("fx_trades", "info") in {(service, level) for service, level, _ in said}
    assert any(m.startswith("run ") and m.endswith(" is failed") for m in words)
    assert "task fetch failed, try 2" in words
    assert "task store upstream_failed, try 0" in words
    raised = [one for one in said if "ValueError: rates.example answered 503" in one[2]]
    assert raised
    assert {(service, level) for service, level, _ in raised} == {("fx_rates", "error")}
    assert any("asking rates.example" in message for message in words)
    assert not any("::group::" in message for message in words)
    assert answer.calls == (("fx_rates", "fx_trades"),)
    assert answer.missing == ()


def check_history(pages: Sequence[Sequence[Mapping[str, Any]]], lineage: Sequence[Produced]) -> None:
    """Both runs are imported, due when they were triggered, not when some interval ended."""
    good, refused = check(
        from_airflow({"dag_runs": [run for page in pages for run in page]}), datetime.now(UTC)
    )
    assert not refused
    runs = {str(run.feed): run for _, run in good}
    assert {name: run.outcome for name, run in runs.items()} == {
        "fx_trades": Outcome.OK,
        "fx_rates": Outcome.FAILED,
    }
    for run in runs.values():
        assert run.scheduled_at is not None
        assert run.started_at is not None
        assert abs((run.started_at - run.scheduled_at).total_seconds()) < 300
    assert [(one.uri, one.writers, one.readers) for one in lineage if one.writers] == [
        ("file:///srv/gold/trades.parquet", ("fx_trades",), ("fx_rates",))
    ]


def check_reports(shelf: RunShelf) -> None:
    """Provider and callbacks speak of the same two runs: none of a task, none twice, the error its own."""
    assert not shelf.refused
    runs = {run.feed: run for run in shelf.runs.values()}
    assert sorted(runs) == ["fx_rates", "fx_trades"]
    assert len(shelf.runs) == 2
    assert {name: (run.outcome, run.retries) for name, run in runs.items()} == {
        "fx_trades": (Outcome.OK, 0),
        "fx_rates": (Outcome.FAILED, 1),
    }
    assert runs["fx_rates"].error_class.startswith("rates.example answered 503")
    assert runs["fx_trades"].error_class == ""
    for run in runs.values():
        assert run.started_at is not None
        assert run.finished_at is not None
        assert run.scheduled_at is not None
        assert abs((run.started_at - run.scheduled_at).total_seconds()) < 300
    assert shelf.datasets == {
        ("fx_trades", "/srv/raw/trades.csv", False),
        ("fx_trades", "/srv/gold/trades.parquet", True),
    }

"""The words of a run's own log, out of whatever source of logs holds them."""

from datetime import datetime

from domain.investigation.evidence import IncidentCase, RunFacts
from domain.ports.evidence_source import EvidenceQuery
from domain.text.run_lines import run_state, task_state, tells_state
from integrations.airflow_api import AirflowSource
from rca.runs.run_notes import says_error
from runtime.wiring.investigating.task_log import task_log
from tests.integrations.recorded import Replay, read_answers


def test_a_failed_run_of_a_real_airflow_is_explained_by_its_tasks_last_error() -> None:
    for version in ("airflow-2", "airflow-3"):
        told = read_answers(version)
        begin, end = (datetime.fromisoformat(told[name]) for name in ("begin", "end"))
        source = AirflowSource(
            "http://airflow:8080", transport=Replay(told["answers"]), user="a", password=lambda: "b"
        )
        case = IncidentCase(
            case_id="INC-1",
            anomaly_time=end.timestamp(),
            telemetry=source.fetch(EvidenceQuery(begin, end, end)).telemetry,
        )
        run = RunFacts(feed="fx_rates", run_id="r", status="failed", started_at=begin.timestamp())

        lines = task_log(case, run)

        errors = [line for line in lines if says_error("", line)]
        assert "ValueError: rates.example answered 503" in errors[-1]
        assert any(line.startswith("INFO fetch: ") for line in lines)
        assert task_log(case, RunFacts("other", "r", "failed", begin.timestamp())) == ()
        over = RunFacts("fx_rates", "r", "failed", begin.timestamp() - 900, begin.timestamp() - 600)
        assert task_log(case, over) == ()


def test_a_line_about_a_state_is_told_from_what_a_task_says() -> None:
    states = [
        run_state("a b", "failed"),
        run_state("r", "running", "2026-03-02"),
        task_state("t", "failed", 2),
    ]
    assert all(tells_state(line) for line in states)
    assert not any(tells_state(line) for line in ("fetch: run x is failed", "task failed", "run it is over"))

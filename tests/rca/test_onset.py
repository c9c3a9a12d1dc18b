"""When the trouble began: at the alert, or before somebody asked; and what was rolled out just before."""

from dataclasses import replace

import numpy as np
import pytest

from domain.investigation.diagnosis import Verdict
from domain.investigation.evidence import Alert, Change, ChangeKind, IncidentCase, MetricTable, Telemetry
from rca.change_suspects import ENOUGH, rank_changes
from rca.diagnostician import Diagnostician
from rca.series.onset import find_onset
from tests.rca.builders import logs_of

STEP, COUNT, TURNED = 30.0, 60, 44
TIMES = np.arange(COUNT) * STEP


def _case(anomaly: float, *, turned: int = TURNED, reference: bool = True) -> IncidentCase:
    values = [40.0 + n % 3 + (400.0 if n >= turned else 0.0) for n in range(COUNT)]
    series = {("checkout", "latency_p95_ms"): values}
    window = Telemetry(metrics=MetricTable(times=TIMES.tolist(), series=series))
    return IncidentCase(
        case_id="i1",
        anomaly_time=anomaly,
        telemetry=window,
        reference=window if reference else None,
        alert=Alert(service="checkout"),
    )


def test_a_question_is_about_what_turned_before_it_was_asked() -> None:
    asked = float(TIMES[-1]) + STEP

    assert find_onset(_case(asked), TIMES) == TIMES[TURNED]
    assert find_onset(_case(asked, turned=COUNT), TIMES) == TIMES[-10], "nothing turned: now is meant"


def test_an_alert_whose_own_series_shows_nothing_before_it_tells_the_moment_itself() -> None:
    fired = float(TIMES[50])

    assert find_onset(_case(fired, turned=50), TIMES) == fired
    assert find_onset(_case(fired, turned=COUNT), TIMES) == fired
    assert find_onset(_case(fired), TIMES) == TIMES[TURNED]
    assert find_onset(_case(fired, reference=False), TIMES) == TIMES[TURNED]


def test_a_roll_out_of_unknown_content_is_suspect_by_service_and_moment_alone() -> None:
    def happening(service: str, at: float, kind: ChangeKind = ChangeKind.DEPLOY) -> Change:
        return Change(f"{kind}-{service}-{at:.0f}", kind, at, service, f"{service} {kind}")

    near, flag = happening("payments", 940.0), happening("payments", 880.0, ChangeKind.FLAG)
    late, old, other = (
        happening("payments", 1_200.0),
        happening("payments", -9_000.0),
        happening("basket", 940.0),
    )
    case = replace(_case(1_000.0), changes=(late, old, flag, other, near))

    found = rank_changes(case, [("payments", 1.0), ("checkout", 0.2)], 1_000.0, [])

    assert [suspect.change for suspect in found if suspect.score >= ENOUGH] == [near, flag]
    assert found[0].why == ("“payments deploy”", "1 min before the onset")


def _asked(minutes_ago: float, later: float = 0.0) -> IncidentCase:
    """A callee that fails since some time, asked about now, and looked at again so many seconds later."""
    asked = 100_000.0
    end = asked + later
    times = np.arange(asked - 1_800.0, end, STEP) + STEP / 2.0
    usual_times = np.arange(asked - 5_400.0, asked - 3_600.0, STEP) + STEP / 2.0

    def series(level: float, sick: float, at: np.ndarray) -> list[float]:
        wobble = 1.0 + 0.03 * np.sin(np.arange(at.size) * 1.7 + level)
        return (np.where(at >= asked - minutes_ago * 60.0, sick, level) * wobble).tolist()

    def table(at: np.ndarray) -> MetricTable:
        told = {
            ("checkout", "latency_p95_ms"): series(40.0, 900.0, at),
            ("payments", "latency_p95_ms"): series(20.0, 870.0, at),
            ("payments", "cpu_pct"): series(20.0, 97.0, at),
            ("basket", "latency_p95_ms"): series(15.0, 15.0, at),
            ("basket", "cpu_pct"): series(30.0, 30.0, at),
        }
        return MetricTable(at.tolist(), told)

    return IncidentCase(
        "asked",
        asked,
        STEP,
        Alert("checkout"),
        Telemetry(table(times)),
        Telemetry(table(usual_times)),
        (("checkout", "payments"), ("checkout", "basket")),
    )


@pytest.mark.parametrize("minutes_ago", [3.0, 12.0, 25.0, 45.0])
@pytest.mark.parametrize("later", [0.0, 60.0, 300.0, 900.0])
def test_the_cause_is_found_however_long_it_lasts_already_and_whenever_it_is_looked_for(
    minutes_ago: float, later: float
) -> None:
    diagnosis = Diagnostician().diagnose(_asked(minutes_ago, later))

    assert diagnosis.verdict is Verdict.SUPPORTED
    assert diagnosis.hypotheses[0].service == "payments"
    assert diagnosis.onset <= 100_000.0 - min(minutes_ago, 29.0) * 60.0 + 2 * STEP


def test_what_is_asked_about_now_is_judged_by_its_last_samples_where_it_shows_nothing_itself() -> None:
    case = _asked(4.0)
    mute = {key: row for key, row in case.telemetry.metrics.series.items() if key[0] != "checkout"}
    case = replace(case, telemetry=Telemetry(MetricTable(case.telemetry.metrics.times, mute)))

    assert Diagnostician().diagnose(case).hypotheses[0].service == "payments"


@pytest.mark.parametrize(("calls", "sampled"), [(True, 1), (False, 1), (True, 2)])
def test_what_is_asked_about_the_whole_system_began_when_its_doors_left_the_usual(
    calls: bool, sampled: int
) -> None:
    def holes(told: Telemetry | None) -> Telemetry:
        assert told is not None
        table = told.metrics
        rows = {
            key: [value if at % sampled == 0 else np.nan for at, value in enumerate(row)]
            for key, row in table.series.items()
        }
        return Telemetry(MetricTable(table.times, rows))

    case = _asked(25.0, 60.0)
    case = replace(
        case,
        alert=Alert(summary="why is everything slow"),
        calls=case.calls if calls else (),
        telemetry=holes(case.telemetry),
        reference=holes(case.reference),
    )

    diagnosis = Diagnostician().diagnose(case)

    assert diagnosis.hypotheses[0].service == "payments"
    assert diagnosis.verdict is Verdict.SUPPORTED
    assert diagnosis.onset <= 100_000.0 - 25.0 * 60.0 + sampled * STEP


def test_a_day_that_gets_busier_by_and_by_is_not_when_the_trouble_of_the_whole_system_began() -> None:
    rows = np.arange(240)
    times = rows * 60.0

    def onset(levels: np.ndarray) -> float:
        told = MetricTable(times.tolist(), {("web", "latency_p95_ms"): levels.tolist()})
        return find_onset(IncidentCase("c", 240 * 60.0, 60.0, telemetry=Telemetry(told)), times)

    busier = 100.0 * (1.0 + np.clip((rows - 90) / 120.0, 0.0, 1.0)) * (1.0 + 0.02 * np.sin(rows * 1.7))

    assert onset(busier) == times[-10]
    assert onset(100.0 / busier) == times[-10]
    assert abs(onset(busier * np.where(rows >= 200, 3.0, 1.0)) - times[200]) <= 60.0


def test_lines_alone_are_judged_by_the_last_minutes_when_nothing_came_since_the_question() -> None:
    lines = [(-1_800_000.0 + 10_000.0 * n, "basket", "INFO", f"served {n}") for n in range(178)]
    lines += [
        (-200_000.0 + 2_000.0 * n, "payments", "ERROR", f"could not reserve: pool exhausted {n}")
        for n in range(90)
    ]
    case = IncidentCase("lines", 100_000.0, STEP, Alert("checkout"), Telemetry(logs=logs_of(sorted(lines))))

    diagnosis = Diagnostician().diagnose(case)

    assert diagnosis.hypotheses[0].service == "payments"
    assert any("pool exhausted" in claim.text for claim in diagnosis.hypotheses[0].claims)

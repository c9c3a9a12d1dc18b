"""When the trouble began: at the alert, or before somebody asked; and what was rolled out just before."""

from dataclasses import replace

import numpy as np

from domain.evidence import Alert, Change, ChangeKind, IncidentCase, MetricTable, Telemetry
from rca.change_suspects import ENOUGH, rank_changes
from rca.metric_signals import find_onset

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
    assert find_onset(_case(asked, turned=COUNT), TIMES) == asked, "nothing turned"


def test_an_alert_with_samples_after_it_tells_the_moment_itself() -> None:
    fired = float(TIMES[50])

    assert find_onset(_case(fired), TIMES) == fired
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

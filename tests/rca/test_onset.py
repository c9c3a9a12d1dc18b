"""When the trouble began: at the alert, or before somebody asked."""

import numpy as np

from domain.evidence import Alert, IncidentCase, MetricTable, Telemetry
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

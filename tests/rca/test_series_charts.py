"""The picture beside a claim shows what the claim reads: means and rises, never a line that only climbs."""

from dataclasses import replace
from itertools import accumulate

import pytest

from domain.investigation.diagnosis_report import Chart
from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from rca.pictures.series_charts import series_charts
from tests.rca.builders import a_case, a_series


def charts(**series: list[float]) -> dict[str, Chart]:
    case: IncidentCase = a_case({("stock", "error_ratio"): 0.4})
    table = case.telemetry.metrics
    more = {("stock", name): values for name, values in series.items()}
    told = replace(case.telemetry, metrics=replace(table, series={**table.series, **more}))
    case = replace(case, telemetry=told, reference=None, calls=())
    return {chart.title: chart for chart in series_charts(Diagnostician().diagnose(case), case)}


def climbing(before: float, after: float) -> list[float]:
    return list(accumulate(a_series(before, after), initial=1_000.0))[1:]


def test_a_counter_is_shown_as_what_it_rose() -> None:
    chart = charts(http_errors_total=climbing(2.0, 900.0))["stock: http_errors_total, more at each sample"]

    assert chart.values[10] == pytest.approx(2.0, rel=0.1)
    assert chart.values[-1] == pytest.approx(900.0, rel=0.1)
    assert chart.usual_high is not None
    assert chart.usual_high < 3.0


def test_a_sum_beside_its_count_is_shown_as_the_mean() -> None:
    took, times = climbing(40.0, 4_000.0), climbing(100.0, 100.0)
    chart = charts(request_duration_seconds_sum=took, request_duration_seconds_count=times)

    assert chart["stock: mean request_duration_seconds"].values[-1] == pytest.approx(40.0, rel=0.1)


def test_a_gauge_is_shown_as_it_was_sent() -> None:
    assert charts()["stock: error_ratio"].values[-1] == pytest.approx(0.4, rel=0.1)

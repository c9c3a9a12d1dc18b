"""What built up before anything failed is said first; what moved with the failure or its load is not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series, wobble

MEMORY = ("stock", "memory_rss_bytes")
FAILS = {("stock", "error_ratio"): 0.4, ("orders", "error_ratio"): 0.38, ("web", "error_ratio"): 0.35}
SLOW = {("stock", "latency_p95_ms"): 900.0, ("web", "latency_p95_ms"): 940.0}


def slope(level: float, most: float, *, since: int, until: int = 20) -> list[float]:
    share = [min(max(row - since, 0) / (until - since), 1.0) for row in range(26)]
    return [(level + (most - level) * part) * wobble(row, 1) for row, part in enumerate(share)]


def case(changed: dict[tuple[str, str], float], **series: Sequence[float]) -> IncidentCase:
    made = a_case(changed)
    rows = {**made.telemetry.metrics.series} | {("stock", name): values for name, values in series.items()}
    told = replace(made.telemetry, metrics=replace(made.telemetry.metrics, series=rows))
    before = {key: a_series(rows[key][0], rows[key][0], before=60, late=0) for key in rows}
    reference = (
        None
        if made.reference is None
        else replace(made.reference, metrics=replace(made.reference.metrics, series=before))
    )
    return replace(made, telemetry=told, reference=reference)


def said_first(of: IncidentCase) -> tuple[str, str]:
    first = Diagnostician().diagnose(of).hypotheses[0]
    return first.service, first.claims[0].text


@pytest.mark.parametrize("has_reference", [True, False])
@pytest.mark.parametrize("suffers", [FAILS, SLOW], ids=["fails", "slow"])
def test_memory_that_grew_before_the_errors_is_said_first(
    has_reference: bool, suffers: dict[tuple[str, str], float]
) -> None:
    leak = case(suffers, memory_rss_bytes=slope(4e8, 1.3e9, since=6))
    leak = leak if has_reference else replace(leak, reference=None)

    service, said = said_first(leak)

    assert service == "stock"
    assert said.startswith("memory_rss_bytes grew for 13 minutes before it failed or got slow, from ")


def test_memory_that_is_left_and_disk_and_connections_build_up_as_well() -> None:
    for name, values in {
        "memory_available_bytes": slope(9e8, 1e8, since=6),
        "disk_used_percent": slope(40.0, 98.0, since=6),
        "hikaricp_connections_active": slope(5.0, 100.0, since=6),
    }.items():
        assert " before it failed or got slow" in said_first(case(FAILS, **{name: values}))[1], name


@pytest.mark.parametrize(
    "series",
    [
        pytest.param({"memory_rss_bytes": slope(4e8, 1.3e9, since=19)}, id="with the errors"),
        pytest.param({"memory_rss_bytes": slope(4e8, 4.8e8, since=6)}, id="hardly"),
        pytest.param({"memory_rss_bytes": slope(4e8, 1.3e9, since=5, until=7)}, id="a step, then flat"),
        pytest.param({"memory_available_bytes": slope(9e8, 1e8, since=5, until=7)}, id="a step down"),
        pytest.param({"memory_rss_bytes": [4e8 * (1 + row % 5) for row in range(26)]}, id="up and down"),
        pytest.param({"queue_depth": slope(5.0, 900.0, since=6)}, id="what waits"),
        pytest.param(
            {"memory_rss_bytes": slope(4e8, 1.3e9, since=6), "requests_per_s": slope(100.0, 300.0, since=6)},
            id="with its load",
        ),
        pytest.param(
            {"memory_rss_bytes": slope(4e8, 1.3e9, since=6, until=11)[:16] + [4e8] * 10}, id="given back"
        ),
    ],
)
def test_what_did_not_build_up_before_is_not_said_so(series: dict[str, list[float]]) -> None:
    found = Diagnostician().diagnose(case(FAILS, **series))

    assert not any("before it failed" in claim.text for h in found.hypotheses for claim in h.claims)


def test_who_comes_first_and_how_sure_that_is_stay() -> None:
    leak = case(FAILS, memory_rss_bytes=slope(4e8, 1.3e9, since=6))
    jump = case(FAILS, memory_rss_bytes=slope(4e8, 1.3e9, since=19))

    first, second = (Diagnostician().diagnose(one) for one in (leak, jump))

    assert [h.service for h in first.hypotheses][:2] == [h.service for h in second.hypotheses][:2]
    assert first.confidence == pytest.approx(second.confidence, abs=0.05)

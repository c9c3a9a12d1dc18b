"""A disk that ran full is the cause of what those suffer who write there; a busy disk is not."""

from dataclasses import replace

import pytest

from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series

CALLS = (("web", "orders"), ("web", "search"), ("orders", "stock"), ("orders", "broker"))


def a_broker(
    metric: str, before: float, after: float, *, calls: tuple[tuple[str, str], ...] = CALLS
) -> IncidentCase:
    failing = {
        ("orders", "error_ratio"): 0.4,
        ("orders", "latency_p95_ms"): 900.0,
        ("web", "error_ratio"): 0.3,
    }
    case = a_case(failing)
    steady = [value / 1.03 for value in a_series(before, after)]  # a share is never more than all
    case.telemetry.metrics.series["broker", metric] = steady
    case.telemetry.metrics.series["broker", "connections"] = a_series(80.0, 80.0, salt=4)
    return replace(case, calls=calls, reference=None)


def said_of_first(case: IncidentCase) -> tuple[str, str]:
    first = Diagnostician().diagnose(case).hypotheses[0]
    return first.service, " ".join(claim.text for claim in first.claims)


@pytest.mark.parametrize("calls", [CALLS, ()])
@pytest.mark.parametrize(
    ("metric", "before", "after"),
    [
        ("disk_used_percent", 55.0, 100.0),
        ("system.filesystem.utilization", 0.55, 1.0),
        ("node_filesystem_avail_bytes", 8e10, 1e9),
        ("FreeStorageSpace", 8e10, 1e8),
    ],
)
def test_whose_disk_ran_full_stands_before_who_writes_there(
    metric: str, before: float, after: float, calls: tuple[tuple[str, str], ...]
) -> None:
    service, said = said_of_first(a_broker(metric, before, after, calls=calls))

    assert service == "broker"
    assert f"its disk ran full: {metric} " in said


@pytest.mark.parametrize(
    ("metric", "before", "after"),
    [
        ("disk_used_percent", 55.0, 80.0),
        ("disk_used_percent", 98.5, 99.5),
        ("disk_io_util_percent", 20.0, 100.0),
        ("disk_idle_percent", 80.0, 0.5),
        ("ebs_burst_balance_remaining", 100.0, 0.5),
        ("volume_throughput_percentage_used", 40.0, 100.0),
        ("storage_available_replicas", 3.0, 0.0),
        ("disk_used_gb", 60.0, 99.0),  # of how many nobody says
        ("disk_reads_per_s", 10.0, 99.0),
        ("memory_used_percent", 55.0, 99.0),
        ("FreeStorageSpace", 8e10, 4e10),
        ("inodes_free", 1e6, 1e6),
    ],
)
def test_no_disk_ran_full_where(metric: str, before: float, after: float) -> None:
    assert "ran full" not in said_of_first(a_broker(metric, before, after))[1]

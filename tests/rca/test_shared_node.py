"""Services on one node suffer from the neighbour that takes it, or from something unknown that runs there."""

from dataclasses import replace

from domain.investigation.diagnosis import Verdict
from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series

ON_NODE = ("stock", "search", "report")


def a_node(changed: dict[tuple[str, str], float], *, node: float, report_cpu: float = 10.0) -> IncidentCase:
    case = a_case(changed)
    series = case.telemetry.metrics.series
    series.update({(name, "node_cpu_pct"): a_series(30.0, node) for name in ON_NODE})
    series.update({("report", "cpu_pct"): a_series(10.0, report_cpu, salt=7)})
    return replace(case, alert=replace(case.alert, metric=""))


SLOW = {("stock", "latency_p95_ms"): 200.0, ("search", "latency_p95_ms"): 190.0}


def test_who_takes_the_node_of_others_is_the_cause() -> None:
    found = Diagnostician().diagnose(a_node(SLOW, node=92.0, report_cpu=90.0))

    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "report")
    said = next(claim.text for claim in found.hypotheses[0].claims if "node where" in claim.text)
    assert said.startswith("it works most on a node where node_cpu_pct rose from ")
    assert said.endswith("and search and stock beside it suffer")


def test_who_takes_the_node_of_others_is_no_job_that_nobody_feels_though_its_own_callers_do_not() -> None:
    case = a_node(SLOW, node=92.0, report_cpu=90.0)
    case.telemetry.metrics.series.update(
        {(name, "latency_p95_ms"): a_series(40.0, 40.0, salt=len(name)) for name in ("report", "plan")}
    )
    found = Diagnostician().diagnose(replace(case, calls=(*case.calls, ("plan", "report"))))

    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "report")


def test_where_none_of_them_takes_it_the_node_is_said_and_nobody_named() -> None:
    found = Diagnostician().diagnose(a_node(SLOW, node=92.0))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.would_decide[0].startswith(
        "report, search and stock stand on one node, where node_cpu_pct rose"
    )
    assert found.would_decide[0].endswith("look at what else runs there.")


def test_a_node_as_ever_a_fault_of_its_own_and_a_job_that_nobody_feels_are_no_neighbours() -> None:
    as_ever = Diagnostician().diagnose(a_node(SLOW, node=30.0, report_cpu=90.0))
    own = Diagnostician().diagnose(a_node({**SLOW, ("stock", "cpu_pct"): 97.0}, node=92.0))
    unfelt = Diagnostician().diagnose(a_node({}, node=92.0, report_cpu=90.0))
    slow_disk = {("stock", "latency_p95_ms"): 200.0, ("search", "latency_p95_ms"): 40.0}
    disk = a_node(slow_disk, node=92.0, report_cpu=90.0)
    disk.telemetry.metrics.series[("stock", "disk_iowait_pct")] = a_series(2.0, 60.0)
    starved = Diagnostician().diagnose(replace(disk, reference=None))
    assert not any("works most on a node" in item.text for item in starved.evidence)

    told = [(*found.would_decide, *(e.text for e in found.evidence)) for found in (as_ever, own, unfelt)]
    assert not any("stand on one node" in text for text in (*told[0], *told[1], *told[2]))
    assert not any("works most on a node" in text for text in (*told[0], *told[2]))
    assert own.hypotheses[0].service == "stock"
    assert unfelt.verdict is Verdict.INCONCLUSIVE


def test_a_node_under_its_own_name_is_said_beside_who_may_suffer_there() -> None:
    def asked(changed: dict[tuple[str, str], float], *, node: float, late_by: int = 0) -> tuple[float, str]:
        case = a_case({("stock", "latency_p95_ms"): 400.0, **changed})
        busier = a_series(30.0, node, before=20 + late_by, late=6 - late_by)
        case.telemetry.metrics.series[("node-7", "node_cpu_pct")] = busier
        found = Diagnostician().diagnose(case)
        assert found.hypotheses[0].service == "stock"
        return found.confidence, " ".join(found.would_decide)

    sure, said = asked({}, node=92.0)
    assert "On node-7 node_cpu_pct rose from 29.95 to 9" in said
    assert said.endswith("see whether stock stands there, and what else does.")
    assert sure < 0.8
    assert not asked({}, node=30.0)[1]
    assert "On node-7" in asked({}, node=92.0, late_by=1)[1]
    assert not asked({}, node=92.0, late_by=3)[1]
    assert not asked({("stock", "cpu_pct"): 97.0}, node=92.0)[1]

"""What no single service did is said, and nobody is named for it."""

from dataclasses import replace

from domain.investigation.diagnosis import Diagnosis, Verdict
from domain.investigation.evidence import IncidentCase, LogTable
from rca.diagnostician import Diagnostician
from tests.rca.builders import SERVICES, a_case, a_series

USUAL_LOAD = 100.0


def crowded(times: float, slow: dict[tuple[str, str], float]) -> IncidentCase:
    return a_case({(service, "requests_per_s"): times * USUAL_LOAD for service in SERVICES} | slow)


def complaining(case: IncidentCase, authors: dict[str, str], begin_ms: float = 0.0) -> IncidentCase:
    rows = [(begin_ms + 6_000.0 * nth, author) for nth in range(40) for author in authors]
    blank = [""] * len(rows)
    lines = LogTable(
        [at for at, _ in rows], [author for _, author in rows], ["error"] * len(rows), blank, blank,
        [authors[author] for _, author in rows],
    )  # fmt: skip
    return replace(case, telemetry=replace(case.telemetry, logs=lines))


def diagnosed(case: IncidentCase) -> Diagnosis:
    return Diagnostician().diagnose(case)


def test_where_more_users_slow_several_alike_nobody_is_named_and_the_surge_is_said() -> None:
    leaves = {("stock", "latency_p95_ms"): 400.0, ("search", "latency_p95_ms"): 420.0}
    surge = diagnosed(crowded(2.4, leaves))
    quiet = diagnosed(crowded(1.0, leaves))

    assert surge.verdict is Verdict.INCONCLUSIVE
    assert surge.would_decide[0].startswith("web is asked for 2.5 times as much as before, and so are most")
    assert not any("times as much" in said for said in quiet.would_decide)


def test_a_fault_beside_a_surge_is_named_all_the_same_and_the_surge_said() -> None:
    found = diagnosed(crowded(2.4, {("stock", "error_ratio"): 0.7, ("orders", "error_ratio"): 0.6}))

    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "stock")
    assert "times as much as before" in found.would_decide[0]


def test_who_is_overrun_with_all_others_did_not_do_it() -> None:
    slow = {("stock", "latency_p95_ms"): 900.0, ("stock", "cpu_pct"): 46.0, ("stock", "error_ratio"): 0.1}
    overrun = diagnosed(crowded(2.4, slow))
    busy = diagnosed(crowded(2.4, {**slow, ("stock", "cpu_pct"): 98.0}))

    assert overrun.verdict is Verdict.INCONCLUSIVE
    assert "a surge slows down whoever is nearest to their limit" in overrun.would_decide[0]
    assert (busy.verdict, busy.hypotheses[0].service) == (Verdict.SUPPORTED, "stock")


def test_who_is_slow_before_more_is_asked_or_works_no_more_for_it_is_not_overrun() -> None:
    def asked(cpu: float, *, late_by: int = 0) -> Verdict:
        case = crowded(1.6, {("stock", "latency_p95_ms"): 400.0, ("stock", "cpu_pct"): cpu})
        for name in SERVICES:
            load = a_series(100.0, 160.0, before=20 + late_by, late=6 - late_by, salt=len(name))
            case.telemetry.metrics.series[(name, "requests_per_s")] = load
        return diagnosed(case).verdict

    assert asked(32.0) is Verdict.INCONCLUSIVE
    assert asked(32.0, late_by=1) is Verdict.INCONCLUSIVE
    assert asked(32.0, late_by=3) is Verdict.SUPPORTED
    assert asked(20.0) is Verdict.SUPPORTED


def test_a_surge_shows_where_no_door_tells_its_load_and_one_of_several_is_none() -> None:
    stores = ("memo", "ledger", "index", "files")

    def asked(risen: int) -> str:
        case = a_case({("stock", "latency_p95_ms"): 400.0})
        series = case.telemetry.metrics.series
        for key in [key for key in series if key[1] == "requests_per_s"]:
            del series[key]
        for nth, name in enumerate(stores):
            series[(name, "queries_per_s")] = a_series(50.0, 150.0 if nth < risen else 50.0, salt=nth)
        calls = (*case.calls, *(("orders", name) for name in stores))
        return " ".join(diagnosed(replace(case, calls=calls, reference=None)).would_decide)

    assert "Most services are asked for up to 3.1 times as much as before" in asked(4)
    assert "times as much as before" not in asked(3)


def test_the_door_is_through_which_most_are_reached_and_not_who_reads_a_queue() -> None:
    case = crowded(2.4, {("stock", "latency_p95_ms"): 400.0, ("search", "latency_p95_ms"): 420.0})
    case.telemetry.metrics.series["mailer", "requests_per_s"] = a_series(100.0, 400.0)
    found = diagnosed(replace(case, calls=(*case.calls, ("mailer", "stock"))))

    assert found.would_decide[0].startswith("web is asked for 2.5 times as much as before, and so are most")


def test_who_is_asked_more_by_retries_alone_is_no_surge() -> None:
    retried = a_case({("stock", "requests_per_s"): 300.0, ("stock", "error_ratio"): 0.6})

    assert not any("times as much" in said for said in diagnosed(retried).would_decide)


FAILING = {("orders", "error_ratio"): 0.4, ("search", "error_ratio"): 0.4, ("web", "error_ratio"): 0.6}


def test_the_same_new_error_of_services_apart_points_at_what_they_stand_on() -> None:
    said = {
        name: f"TLS handshake with {name}-db.svc.cluster.local failed" for name in ("web", "orders", "search")
    }
    found = diagnosed(complaining(a_case(FAILING), said))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.would_decide[0].startswith("orders, search and web began to write the same error, ")
    assert "such as the name service" in found.would_decide[0]
    on_a_map = replace(a_case(FAILING), calls=(*a_case().calls, *((name, "ledger-db") for name in said)))
    untold = diagnosed(complaining(on_a_map, dict.fromkeys(said, "dial tcp 10.1.2.3:5432: refused")))
    assert untold.would_decide[0].endswith("all need ledger-db, of which nothing is told: look there.")
    began_it = complaining(
        a_case({**FAILING, ("stock", "error_ratio"): 0.9, ("stock", "cpu_pct"): 97.0}), said, 150_000.0
    )
    late = began_it.telemetry.metrics
    for service in ("orders", "search", "web"):
        late.series[(service, "error_ratio")][20:22] = [0.002, 0.002]
    assert "same error" not in " ".join(diagnosed(began_it).would_decide)


def test_the_same_error_of_all_who_need_one_in_trouble_is_that_ones() -> None:
    said = dict.fromkeys(("web", "orders", "search"), "upstream answered 503, giving up")
    case = replace(
        a_case({**FAILING, ("stock", "error_ratio"): 0.9}), calls=(*a_case().calls, ("search", "stock"))
    )
    found = diagnosed(complaining(case, said))

    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "stock")


def test_lines_that_say_whose_trouble_they_suffer_are_no_shared_error() -> None:
    said = {
        "web": "call to orders:8080 failed",
        "orders": "call to stock:8080 failed",
        "search": "call to stock:80 failed",
    }
    failing = {**FAILING, ("stock", "error_ratio"): 0.9}
    found = diagnosed(complaining(replace(a_case(failing), calls=(*a_case().calls, ("search", "ads"))), said))

    assert not any("same error" in one for one in found.would_decide)
    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "stock")


def test_a_job_on_a_database_whose_callers_feel_nothing_is_no_cause() -> None:
    def asked(slow: float, *, has_callers: bool) -> Diagnosis:
        case = a_case({("orders", "latency_p95_ms"): slow})
        case.telemetry.metrics.series[("orders-db", "cpu_pct")] = a_series(20.0, 95.0)
        case = replace(case, alert=replace(case.alert, metric=""), reference=None)
        return diagnosed(replace(case, calls=(*case.calls, ("orders", "orders-db"))) if has_callers else case)

    for has_callers in (True, False):
        quiet, slow = asked(40.0, has_callers=has_callers), asked(400.0, has_callers=has_callers)
        assert quiet.verdict is Verdict.INCONCLUSIVE
        assert quiet.would_decide[0].startswith("orders-db works harder than usual")
        assert (slow.verdict, slow.hypotheses[0].service) == (Verdict.SUPPORTED, "orders-db")


def test_a_job_that_takes_the_processor_and_that_nobody_feels_is_no_cause() -> None:
    job = {("stock", "cpu_pct"): 95.0}
    asked = replace(a_case().alert, metric="")
    found = diagnosed(replace(a_case(job), alert=asked))
    slow = diagnosed(replace(a_case({**job, ("stock", "latency_p95_ms"): 400.0}), alert=asked))
    told = diagnosed(a_case(job))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.would_decide[0].startswith("stock works harder than usual (cpu_pct rose from ")
    assert not any("job of its own" in said for said in (*slow.would_decide, *told.would_decide))
    assert (slow.verdict, slow.hypotheses[0].service) == (Verdict.SUPPORTED, "stock")


def test_what_is_nobodys_shows_the_evidence_it_rests_on_first() -> None:
    slow = {("stock", "latency_p95_ms"): 400.0, ("search", "latency_p95_ms"): 420.0}
    surge = diagnosed(replace(crowded(2.4, slow), alert=replace(a_case().alert, metric="")))
    line = "x509: certificate signed by unknown authority"
    apart = a_case({(name, "error_ratio"): 0.3 for name in ("orders", "search", "stock")})
    apart = replace(apart, calls=(("web", "orders"), ("web", "search"), ("web", "stock")))
    lines = diagnosed(complaining(apart, dict.fromkeys(("orders", "search", "stock"), line)))

    assert surge.nobodys
    assert surge.evidence[0].reference == "metric:web|requests_per_s"
    assert lines.nobodys
    assert {item.reference.partition(":")[0] for item in lines.evidence[:3]} == {"log"}
    assert surge.evidence[0].evidence_id not in {
        one for hypothesis in surge.hypotheses for claim in hypothesis.claims for one in claim.evidence_ids
    }


def test_a_disk_that_reads_as_much_more_as_is_asked_is_overrun_and_one_that_reads_far_more_is_not() -> None:
    def verdict(reads: float) -> Verdict:
        case = crowded(2.4, {("stock", "latency_p95_ms"): 400.0, ("search", "latency_p95_ms"): 420.0})
        case.telemetry.metrics.series["stock", "disk_io_util_percent"] = a_series(14.0, reads, salt=9)
        return diagnosed(case).verdict

    assert verdict(30.0) is Verdict.INCONCLUSIVE
    assert verdict(95.0) is Verdict.SUPPORTED

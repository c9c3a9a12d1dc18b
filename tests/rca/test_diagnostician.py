"""The face of the engine on small cases with a known cause."""

import math
from dataclasses import replace

import pytest

from benchmarks import rca_worlds
from domain.investigation.diagnosis import Verdict
from domain.investigation.evidence import Alert, IncidentCase, MetricTable, SpanTable, Telemetry
from rca.collect import Sources
from rca.diagnostician import Diagnostician
from rca.verdict.evidence_check import resolves
from tests.rca.builders import (
    ANOMALY,
    a_case,
    a_commit,
    a_deploy,
    logs_of,
    metrics,
    spans_of,
    steady,
    with_spans,
)


def first(case: IncidentCase) -> str:
    return Diagnostician().diagnose(case).hypotheses[0].service


def test_the_slow_callee_is_blamed_and_not_its_callers() -> None:
    diagnosis = Diagnostician().diagnose(a_case())

    assert diagnosis.hypotheses[0].service == "stock"
    assert diagnosis.verdict is Verdict.SUPPORTED
    assert diagnosis.metrics[0].startswith("stock|")


def test_the_same_case_gives_the_same_diagnosis() -> None:
    assert Diagnostician().diagnose(a_case()) == Diagnostician().diagnose(a_case())


def test_every_claim_rests_on_evidence_that_resolves() -> None:
    case = a_case()

    diagnosis = Diagnostician().diagnose(case)

    named = {item.evidence_id for item in diagnosis.evidence}
    for hypothesis in diagnosis.hypotheses:
        for claim in hypothesis.claims:
            assert set(claim.evidence_ids) <= named
    assert all(resolves(item.reference, case) for item in diagnosis.evidence)


def test_the_chain_runs_from_the_cause_to_what_users_see() -> None:
    diagnosis = Diagnostician().diagnose(a_case())

    assert [step.service for step in diagnosis.chain] == ["stock", "orders", "web"]


def test_a_quiet_system_is_inconclusive_and_says_where_to_look() -> None:
    diagnosis = Diagnostician().diagnose(a_case({}))

    assert diagnosis.verdict is Verdict.INCONCLUSIVE
    assert diagnosis.would_decide


def test_a_case_without_any_telemetry_is_inconclusive_and_says_what_was_missing() -> None:
    case = IncidentCase("empty", ANOMALY, alert=Alert("web", "latency"))

    diagnosis = Diagnostician().diagnose(case)

    assert diagnosis.verdict is Verdict.INCONCLUSIVE
    assert any("metrics" in text for text in diagnosis.coverage.unavailable)
    assert any("Traces" in text for text in diagnosis.would_decide)


def test_gaps_nan_and_resets_do_not_change_the_answer() -> None:
    case = a_case()
    series = {key: list(values) for key, values in case.telemetry.metrics.series.items()}
    for values in series.values():
        values[3] = math.nan
        values[11] = math.nan
    series[("web", "handled_total")] = [float(row % 13) * 1000 for row in range(26)]
    series[("search", "odd")] = [math.inf if row % 5 == 0 else 1.0 for row in range(26)]
    series[("search", "never")] = [math.nan] * 26

    broken = replace(case, telemetry=Telemetry(metrics=MetricTable(case.telemetry.metrics.times, series)))

    assert first(broken) == "stock"


def test_clocks_that_differ_by_minutes_between_services_do_not_change_the_answer() -> None:
    usual = spans_of(steady(60, -60_000, web=4_000, orders=3_000, stock=2_000))
    after = spans_of(
        steady(40, -50_000, web=4_000, orders=3_000, stock=2_000)
        + steady(60, 1_000, web=4_000, orders=3_000, stock=90_000)
    )
    skewed = replace(
        after,
        start_ms=[
            start + (240_000.0 if service == "stock" else 0.0)
            for start, service in zip(after.start_ms, after.service, strict=True)
        ],
    )

    assert first(with_spans(a_case({}), after, usual)) == "stock"
    assert first(with_spans(a_case({}), skewed, usual)) == "stock"


def test_a_service_that_appears_only_after_the_trouble_is_no_surprise_by_itself() -> None:
    case = a_case()
    series = dict(case.telemetry.metrics.series)
    series[("newcomer", "cpu_pct")] = [math.nan] * 20 + [99.0] * 6
    late = replace(case, telemetry=Telemetry(metrics=MetricTable(case.telemetry.metrics.times, series)))

    diagnosis = Diagnostician().diagnose(late)

    assert diagnosis.hypotheses[0].service == "stock"
    assert "newcomer" in {hypothesis.service for hypothesis in diagnosis.hypotheses}


def test_a_service_that_stopped_reporting_is_a_suspect() -> None:
    case = a_case({})
    series = {
        key: values if key[0] != "search" else [*values[:20], *[math.nan] * 6]
        for key, values in case.telemetry.metrics.series.items()
    }
    silent = replace(case, telemetry=Telemetry(metrics=MetricTable(case.telemetry.metrics.times, series)))

    assert first(silent) == "search"


def test_a_call_that_waits_longer_than_its_callee_works_points_at_the_callee() -> None:
    """Without a span made for the call, the caller's own work is in the wait, and it is the caller's."""
    usual = steady(60, -60_000, web=4_000, orders=3_000, stock=2_000)
    slow = steady(60, 1_000, web=4_000, orders=400_000, stock=2_000)

    def by_client(spans: SpanTable) -> SpanTable:
        """Give every call of `stock` a span of its own within `orders`."""
        rows = [row for row in range(len(spans)) for _ in range(1 + (spans.service[row] == "stock"))]
        made = [
            at > 0 and rows[at - 1] == row for at, row in enumerate(rows)
        ]  # the second of two is the call
        told = spans.take(rows)
        whole = [told.parent[at] == "b" and is_call for at, is_call in enumerate(made)]
        outer = {
            trace: took
            for trace, of, took in zip(spans.trace, spans.service, spans.duration_us, strict=True)
            if of == "orders"
        }
        return replace(
            told,
            span=["k" if call else name for name, call in zip(told.span, whole, strict=True)],
            parent=[
                "k" if of == "stock" and not call else up
                for up, of, call in zip(told.parent, told.service, whole, strict=True)
            ],
            service=["orders" if call else of for of, call in zip(told.service, whole, strict=True)],
            operation=["call stock" if call else of for of, call in zip(told.operation, whole, strict=True)],
            duration_us=[
                outer[trace] - 1_000 if call else took
                for trace, took, call in zip(told.trace, told.duration_us, whole, strict=True)
            ],
        )

    alone = with_spans(a_case({}), spans_of(usual + slow), spans_of(usual))
    called = with_spans(a_case({}), by_client(spans_of(usual + slow)), by_client(spans_of(usual)))

    assert (first(alone), first(called)) == ("orders", "stock")


def test_requests_that_end_after_a_call_point_at_whom_they_called() -> None:
    def request(start: float, *, cut: bool) -> list[tuple[str, str, str, str, str, float, float]]:
        trace = f"t{start}"
        rows = [
            (trace, "a", "-1", "web", "page", start, 6_000.0 if cut else 9_000.0),
            (trace, "b", "a", "web", "call stock", start + 1, 3_000.0),
            (trace, "c", "b", "stock", "reserve", start + 2, 2_000.0),
        ]
        if not cut:
            rows += [
                (trace, "d", "a", "web", "call search", start + 4, 3_000.0),
                (trace, "e", "d", "search", "find", start + 5, 2_000.0),
            ]
        return rows

    usual = [row for number in range(50) for row in request(-60_000.0 + 100 * number, cut=False)]
    broken = [row for number in range(50) for row in request(1_000.0 + 100 * number, cut=True)]

    def table(rows: list[tuple[str, str, str, str, str, float, float]]) -> SpanTable:
        columns = [list(column) for column in zip(*rows, strict=True)]
        return SpanTable(*columns, failed=[False] * len(rows))  # type: ignore[arg-type]

    assert first(with_spans(a_case({}), table(usual + broken), table(usual))) == "stock"


def test_a_change_is_blamed_when_it_fits_and_came_before() -> None:
    fitting = a_commit(
        "a" * 40, 12, diff="-if stock == nil\n+return stock.reservation", summary="simplify reservation"
    )
    later = a_commit("b" * 40, -5, diff="+reservation pool", summary="reservation later")
    lines = [(5_000.0 + 100 * n, "stock", "ERROR", f"reservation of nil stock {n}") for n in range(20)]
    case = replace(
        a_case(),
        changes=(fitting, later, a_deploy("a" * 40, 10), a_deploy("b" * 40, -4)),
        telemetry=replace(a_case().telemetry, logs=logs_of(lines)),
    )

    diagnosis = Diagnostician().diagnose(case)

    assert diagnosis.changes[0].change_id == "a" * 40
    assert "b" * 40 not in {change.change_id for change in diagnosis.changes}
    assert diagnosis.chain[0].text.startswith("commit")


def test_no_change_is_guilty_when_trouble_comes_from_outside() -> None:
    tidy = a_commit("c" * 40, 12, diff="-tidy\n+tidied", summary="tidy handler")
    lines = [
        (5_000.0 + 100 * n, "stock", "ERROR", "x509: certificate has expired or is not yet valid")
        for n in range(20)
    ]
    case = replace(
        a_case(),
        changes=(tidy, a_deploy("c" * 40, 10)),
        telemetry=replace(a_case().telemetry, logs=logs_of(lines)),
    )

    assert Diagnostician().diagnose(case).changes == ()


def test_an_ablation_uses_only_what_it_is_allowed() -> None:
    only = Diagnostician(Sources(logs=False, spans=False, topology=False, changes=False)).diagnose(a_case())

    assert dict(only.coverage.looked_at)["spans"] == 0


def test_a_long_history_shows_that_trouble_began_before_the_alert() -> None:
    table = metrics({("stock", "latency_p95_ms"): 900.0}, before=60, late=20)
    shifted = MetricTable([at - 0.0 for at in table.times], table.series)
    case = IncidentCase(
        "late-alert",
        ANOMALY + 900.0,
        60.0,
        Alert("stock", "latency_p95_ms"),
        Telemetry(metrics=shifted),
    )

    diagnosis = Diagnostician().diagnose(case)

    assert diagnosis.onset == ANOMALY
    assert diagnosis.hypotheses[0].service == "stock"


def test_a_quiet_system_is_told_to_be_as_usual_with_what_was_looked_at() -> None:
    calm = Diagnostician().diagnose(replace(a_case({}), alert=Alert("web")))

    assert calm.verdict is Verdict.INCONCLUSIVE
    assert calm.as_usual.startswith("16 series of 4 services are as usual since 14 Nov 22:13 UTC")
    assert calm.onset == 0.0
    stranger = Diagnostician().diagnose(replace(a_case({}), alert=Alert("billing")))
    assert not stranger.as_usual, "that others are well says nothing of who reports nothing"
    assert not Diagnostician().diagnose(IncidentCase("empty", ANOMALY, alert=Alert("web"))).as_usual
    assert not Diagnostician().diagnose(a_case()).as_usual
    alone = Diagnostician().diagnose(replace(a_case({}), alert=Alert("web"), reference=None))
    assert alone.as_usual.endswith("are since 14 Nov 22:13 UTC as shortly before; I know no older time")


def test_who_fails_one_time_in_five_as_ever_is_no_cause() -> None:
    def table(begin: float, count: int, every: int) -> SpanTable:
        return SpanTable(
            [f"t{begin}{n}" for n in range(count)],
            ["a"] * count,
            ["-1"] * count,
            ["stock"] * count,
            ["reserve"] * count,
            [begin + 100.0 * n for n in range(count)],
            [2_000.0] * count,
            [n % every == 0 for n in range(count)],
        )

    def joined(*tables: SpanTable) -> SpanTable:
        rows = [[value for table in tables for value in getattr(table, name)] for name in SpanTable.__slots__]
        return SpanTable(*rows)

    usual = table(-60_000.0, 300, 5)
    as_ever = with_spans(a_case({}), joined(usual, table(1_000.0, 60, 4)), usual)
    worse = with_spans(a_case({}), joined(usual, table(1_000.0, 60, 2)), usual)

    assert Diagnostician().diagnose(as_ever).as_usual
    found = Diagnostician().diagnose(worse)
    assert not found.as_usual
    assert found.hypotheses[0].service == "stock"


def test_made_up_systems_in_which_nothing_is_wrong_seldom_get_a_cause() -> None:
    found = [Diagnostician().diagnose(case) for case in rca_worlds.calms(10, 70_000)]

    assert sum(diagnosis.verdict is Verdict.SUPPORTED for diagnosis in found) <= 2
    assert sum(bool(diagnosis.as_usual) for diagnosis in found) >= 5


def test_when_most_stop_reporting_at_once_it_is_none_of_them() -> None:
    case = replace(a_case({}), alert=Alert("web"))
    gone = ("web", "orders", "stock")
    series = {
        key: values if key[0] not in gone else [*values[:20], *[math.nan] * 6]
        for key, values in case.telemetry.metrics.series.items()
    }
    silent = replace(case, telemetry=Telemetry(metrics=MetricTable(case.telemetry.metrics.times, series)))

    diagnosis = Diagnostician().diagnose(silent)

    assert diagnosis.verdict is Verdict.INCONCLUSIVE
    assert not diagnosis.as_usual
    assert diagnosis.would_decide[0].startswith("3 of 4 services stopped reporting at once: look at who")


def test_a_callee_that_reports_nothing_is_named_beside_who_only_suffers() -> None:
    slow = a_case({("orders", "latency_p95_ms"): 940.0, ("web", "latency_p95_ms"): 980.0})
    blind = replace(slow, calls=(*slow.calls, ("orders", "orders-db")))
    busy = a_case({("orders", "latency_p95_ms"): 940.0, ("orders", "cpu_pct"): 97.0})

    told = "orders calls orders-db, of which nothing is told: it may begin there."
    assert told in Diagnostician().diagnose(blind).would_decide
    assert told not in Diagnostician().diagnose(slow).would_decide
    assert told not in Diagnostician().diagnose(replace(busy, calls=blind.calls)).would_decide


def _behind(resource: float, callers: tuple[str, ...], line: str = "") -> IncidentCase:
    """A database `stock` that tells nothing of how it answers, and callers of it that are slow and fail."""
    changed = {(name, "latency_p95_ms"): 900.0 for name in callers}
    changed |= {(name, "error_ratio"): 0.2 for name in callers}
    case = a_case(changed)

    def told(window: Telemetry, sick: float) -> Telemetry:
        rows = {key: row for key, row in window.metrics.series.items() if key[0] != "stock"}
        count = len(window.metrics.times)
        rows[("stock", "pg_stat_activity_count")] = [
            (12.0 if at < ANOMALY else sick) + row % 3
            for row, at in zip(range(count), window.metrics.times, strict=True)
        ]
        return replace(window, metrics=MetricTable(window.metrics.times, rows))

    assert case.reference is not None
    window = told(case.telemetry, resource)
    if line:
        lines = [(at * 5_000.0, "orders", "error", line) for at in range(60)]
        lines += [(at * 5_000.0, "orders", "info", "served") for at in range(-200, 60)]
        window = replace(window, logs=logs_of(sorted(lines)))
    calls = (("web", "orders"), ("web", "search"), ("orders", "stock"), ("search", "stock"))
    return replace(case, alert=Alert(), telemetry=window, reference=told(case.reference, 12.0), calls=calls)


def test_a_database_without_traces_is_the_cause_where_it_is_busy_and_its_callers_suffer() -> None:
    found = Diagnostician().diagnose(_behind(90.0, ("orders", "search", "web")))

    assert found.hypotheses[0].service == "stock"
    said = "its callers suffer, orders and search, and nothing tells how it answers them"
    assert said in [claim.text for claim in found.hypotheses[0].claims]
    assert first(_behind(12.0, ("orders", "search", "web"))) != "stock"
    assert first(_behind(90.0, ("orders", "web"))) == "orders", "who else calls it is well"


def test_what_a_leaking_caller_or_another_callee_explains_is_not_the_busy_databases_fault() -> None:
    def blamed(changed: dict[tuple[str, str], float], *calls: tuple[str, str]) -> bool:
        behind = _behind(90.0, ("orders", "web"))
        series = a_case(
            {(name, "latency_p95_ms"): 900.0 for name in ("orders", "web")} | changed
        ).telemetry.metrics.series
        database = {key: row for key, row in behind.telemetry.metrics.series.items() if key[0] == "stock"}
        told = {key: row for key, row in series.items() if key[0] != "stock"} | database
        window = Telemetry(MetricTable(behind.telemetry.metrics.times, told))
        found = Diagnostician().diagnose(replace(behind, telemetry=window, calls=calls))
        told_of = [claim.text for one in found.hypotheses for claim in one.claims if one.service == "stock"]
        return any("nothing tells how it answers" in text for text in told_of)

    lone = (("web", "orders"), ("orders", "stock"))
    assert blamed({}, *lone)
    assert not blamed({("orders", "cpu_pct"): 99.0}, *lone)
    assert not blamed({("search", "latency_p95_ms"): 900.0}, *lone, ("orders", "search"))
    shared = {("search", "latency_p95_ms"): 900.0}
    assert blamed(shared, *lone, ("orders", "search"), ("search", "stock"))


def test_whom_a_failing_caller_names_in_its_lines_is_the_cause_where_nothing_else_tells_of_it() -> None:
    line = "rpc to stock failed: deadline exceeded after 3000 ms"

    assert first(_behind(12.0, ("orders", "search", "web"), line)) == "stock"


def test_one_failed_request_of_a_service_that_was_not_called_before_is_hardly_news() -> None:
    service = ["stock", "stock", "stock", "orders"]
    start = [-9_000.0, -8_000.0, -7_000.0, 1_000.0]
    spans = SpanTable(
        ["a", "b", "c", "d"], ["1"] * 4, ["-1"] * 4, service, ["op"] * 4, start, [2_000.0] * 4,
        [False, False, False, True],
    )  # fmt: skip

    case = with_spans(replace(a_case({}), alert=Alert("web")), spans, SpanTable())

    assert Diagnostician().diagnose(case).as_usual


def test_who_fails_much_of_what_it_is_asked_is_not_called_as_usual_however_long_it_does() -> None:
    def failing(share: float) -> IncidentCase:
        case = replace(a_case({}), alert=Alert("stock"), reference=None)
        times, series = case.telemetry.metrics.times, dict(case.telemetry.metrics.series)
        series[("stock", "error_ratio")] = [share] * len(times)
        return replace(case, telemetry=Telemetry(metrics=MetricTable(times, series)))

    diagnosis = Diagnostician().diagnose(failing(0.6))

    assert not diagnosis.as_usual
    assert "stock fails 60% of what it is asked: look since when it does." in diagnosis.would_decide
    assert Diagnostician().diagnose(failing(0.05)).as_usual

    spans = spans_of(steady(60, -3_000.0, web=10.0, orders=20.0, stock=30.0))
    spans = replace(spans, failed=[service == "stock" for service in spans.service])
    traced = replace(failing(0.0), telemetry=Telemetry(metrics({}), spans))
    assert not Diagnostician().diagnose(traced).as_usual


@pytest.mark.parametrize("asked", ["stock", ""])
def test_errors_that_come_as_ever_are_told_where_no_older_time_is_known(asked: str) -> None:
    def writing(bad: int) -> IncidentCase:
        lines = [
            (at * 1_000.0, name, "error", f"could not write order {abs(at)}: disk is read-only")
            if name == "stock" and at % 10 < bad
            else (at * 1_000.0, name, "info", f"served {at}")
            for at in range(-600, 300)
            for name in ("stock", "web")
        ]
        return IncidentCase("c", ANOMALY, 60.0, Alert(asked), Telemetry(logs=logs_of(lines)))

    diagnosis = Diagnostician().diagnose(writing(7))

    assert not diagnosis.as_usual
    assert diagnosis.would_decide[0].startswith(
        "210 of 300 lines of stock are errors, mostly “could not write"
    )
    assert Diagnostician().diagnose(writing(1)).as_usual


def test_where_nothing_stands_out_no_path_and_no_change_is_told() -> None:
    slight = a_case({("stock", "latency_p95_ms"): 42.0, ("orders", "latency_p95_ms"): 42.0})
    case = replace(slight, alert=Alert("web"), changes=(a_deploy("d1", 5.0), a_deploy("d2", 5.0, "web")))

    diagnosis = Diagnostician().diagnose(case)

    assert diagnosis.as_usual
    assert diagnosis.chain == ()
    assert diagnosis.changes == ()


def test_what_moved_far_and_need_be_no_trouble_is_not_said_to_be_within_chance() -> None:
    busy = a_case({(service, "requests_per_s"): 300.0 for service in ("web", "orders", "stock", "search")})

    said = Diagnostician().diagnose(replace(busy, alert=Alert("web"))).as_usual

    assert "since 14 Nov 22:13 UTC, but for what need be no trouble: " in said
    assert "within chance" not in said


def test_who_is_asked_for_nothing_any_more_is_not_as_usual() -> None:
    alone = replace(a_case({("web", "requests_per_s"): 0.0}), alert=Alert("web"))

    diagnosis = Diagnostician().diagnose(alone)

    assert not diagnosis.as_usual
    assert any(text.startswith("web is asked for next to nothing") for text in diagnosis.would_decide)

"""A service that stopped reporting is not always gone, and several at once have something in common."""

from dataclasses import replace
from math import nan

from domain.investigation.diagnosis import Diagnosis, Verdict
from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series, logs_of


def silenced(case: IncidentCase, *names: str, late_by: int = 0) -> IncidentCase:
    """The services' series end at the anomaly, of all but the first `late_by` samples later."""
    for (service, metric), values in case.telemetry.metrics.series.items():
        if service in names:
            last = 20 + (late_by if service != names[0] else 0)
            case.telemetry.metrics.series[service, metric] = [*values[:last], *[nan] * (len(values) - last)]
    return case


def diagnosed(case: IncidentCase) -> Diagnosis:
    return Diagnostician().diagnose(replace(case, alert=replace(case.alert, metric="")))


FAILING = {("orders", "error_ratio"): 0.5, ("web", "error_ratio"): 0.4}


def test_who_stopped_reporting_is_named_where_its_callers_miss_it() -> None:
    found = diagnosed(silenced(a_case(FAILING), "stock"))

    assert (found.hypotheses[0].service, found.verdict) == ("stock", Verdict.SUPPORTED)
    assert not found.nobodys


def test_nobody_is_named_where_all_who_would_miss_it_are_well() -> None:
    found = diagnosed(silenced(a_case({}), "stock"))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert any("nobody who would miss it" in said for said in found.would_decide)


def test_it_is_named_where_its_callers_tell_nothing_and_others_suffer() -> None:
    case = silenced(a_case({("web", "latency_p95_ms"): 900.0}), "stock")
    for key in [key for key in case.telemetry.metrics.series if key[0] == "orders"]:
        del case.telemetry.metrics.series[key]

    assert not any("nobody who would miss it" in said for said in diagnosed(case).would_decide)


def test_who_writes_as_before_only_lost_who_collects_its_series() -> None:
    case = silenced(a_case(FAILING), "stock")
    lines = [(-1_200_000.0 + 15_000.0 * n, "stock", "INFO", f"served {n}") for n in range(104)]

    def said(rows: list[tuple[float, str, str, str]]) -> bool:
        found = diagnosed(replace(case, telemetry=replace(case.telemetry, logs=logs_of(rows))))
        return any("see who collects its series" in one for one in found.would_decide)

    assert said(lines)
    others = [(at, "web", "INFO", "served") for at, *_ in lines]
    assert not said([line for line in lines if line[0] < 30_000.0] + others)


def test_two_that_fall_silent_at_once_and_do_not_call_each_other_stand_on_something() -> None:
    case = replace(a_case(FAILING), calls=(("web", "orders"), ("orders", "stock"), ("orders", "search")))

    def said(silent: IncidentCase) -> bool:
        return any("in the same moment" in one for one in diagnosed(silent).would_decide)

    assert said(silenced(case, "stock", "search"))


def test_a_caller_and_its_callee_or_two_at_different_times_do_not() -> None:
    calls = (("web", "orders"), ("orders", "stock"), ("orders", "search"))

    def said(silent: IncidentCase) -> bool:
        return any("in the same moment" in one for one in diagnosed(silent).would_decide)

    assert not said(
        silenced(replace(a_case(FAILING), calls=(*calls, ("stock", "search"))), "stock", "search")
    )
    assert not said(silenced(replace(a_case(FAILING), calls=calls), "stock", "search", late_by=2))
    assert not said(silenced(replace(a_case(FAILING), calls=()), "stock", "search"))


def test_who_is_plainly_ill_and_silenced_both_is_named_all_the_same() -> None:
    ill = {("stock", "latency_p95_ms"): 900.0, ("stock", "cpu_pct"): 97.0, ("web", "error_ratio"): 0.6}
    calls = (("web", "orders"), ("web", "search"), ("orders", "stock"), ("search", "stock"))
    found = diagnosed(silenced(replace(a_case(ill), calls=calls), "orders", "search"))

    assert (found.hypotheses[0].service, found.verdict) == ("stock", Verdict.SUPPORTED)
    assert not found.nobodys


def test_without_a_map_three_that_stop_in_one_moment_have_something_in_common_and_two_may_not() -> None:
    def said(*names: str, late_by: int = 0) -> str:
        case = silenced(a_case({("web", "error_ratio"): 0.4}), *names, late_by=late_by)
        for nth in range(8):  # most go on
            case.telemetry.metrics.series[f"other-{nth}", "cpu_pct"] = a_series(20.0, 20.0, salt=nth)
        return diagnosed(replace(case, calls=())).nobodys

    assert said("orders", "stock", "search").startswith(
        "orders, search and stock stopped reporting in the same"
    )
    assert said("orders", "stock") == ""
    assert said("orders", "stock", "search", late_by=4) == ""


def test_who_only_misses_several_that_stopped_together_is_not_named_and_who_is_ill_itself_is() -> None:
    def verdict(cpu: float) -> Verdict:
        ill = {("web", "error_ratio"): 0.9, ("web", "latency_p95_ms"): 3_000.0, ("web", "cpu_pct"): cpu}
        case = silenced(a_case(ill), "stock", "search")
        for nth in range(8):
            case.telemetry.metrics.series[f"other-{nth}", "cpu_pct"] = a_series(20.0, 20.0, salt=nth)
        return diagnosed(case).verdict

    assert verdict(20.0) is Verdict.INCONCLUSIVE
    assert verdict(99.0) is Verdict.SUPPORTED

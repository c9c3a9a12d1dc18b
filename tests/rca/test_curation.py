"""Nine tenths go, what shows the cause stays, and what was cut is said."""

from dataclasses import replace

from rca.curation import curate, size_of
from tests.rca.builders import a_case, a_commit, a_deploy, logs_of, spans_of, steady, with_spans


def test_what_shows_the_cause_stays_when_most_is_cut() -> None:
    quick = steady(300, -30_000, web=4_000, orders=3_000, stock=2_000)
    slow = steady(40, 1_000, web=4_000, orders=3_000, stock=900_000)
    noise = [(-20_000.0 + n, "search", "INFO", f"served page {n}") for n in range(2_000)]
    errors = [(1_500.0 + n, "stock", "ERROR", f"lock wait exceeded on row {n}") for n in range(30)]
    case = with_spans(a_case(), spans_of(quick + slow), spans_of(quick))
    case = replace(
        case,
        telemetry=replace(case.telemetry, logs=logs_of(noise + errors)),
        changes=(a_commit("a" * 40, 12), a_deploy("a" * 40, 10)),
    )

    curated = curate(case)

    assert curated.reduction >= 0.9
    assert ("stock", "latency_p95_ms") in curated.case.telemetry.metrics.series
    assert any("lock wait" in message for message in curated.case.telemetry.logs.message)
    assert max(curated.case.telemetry.spans.duration_us) > 800_000
    assert size_of(curated.case) == curated.bytes_after
    assert any("log lines" in text for text in curated.cut)


def test_traces_are_kept_whole() -> None:
    requests = steady(200, 1_000, web=4_000, orders=3_000, stock=2_000)
    case = with_spans(a_case(), spans_of(requests), spans_of(requests))

    kept = curate(case).case.telemetry.spans

    for trace in set(kept.trace):
        assert sum(other == trace for other in kept.trace) == 3


def test_an_empty_case_stays_empty() -> None:
    case = replace(a_case(), telemetry=type(a_case().telemetry)(), calls=())

    assert curate(case).reduction == 0.0

"""Counts are judged as counts, long tables are read around the onset, what all show is nobody's."""

import math
from dataclasses import replace

import numpy as np

from domain.investigation.evidence import ENTRY, Alert, IncidentCase, LogTable, MetricTable, Telemetry
from rca.diagnostician import Diagnostician
from rca.families import Family, family_of, is_bad_when_low
from rca.series.nearest_rows import MOST_LINES, nearest
from rca.series.rare_events import most_surprise

_QUIET, _AFTER = 40, 8


def _case(
    series: dict[tuple[str, str], list[float]], calls: tuple[tuple[str, str], ...] = ()
) -> IncidentCase:
    times = [1_000.0 + 60.0 * row for row in range(_QUIET + _AFTER)]
    return IncidentCase(
        "c", times[_QUIET], 60.0, Alert(ENTRY), Telemetry(MetricTable(times, series)), calls=calls
    )


def _level(before: float, after: float, seed: int = 0) -> list[float]:
    noise = np.exp(np.random.default_rng(seed).normal(0, 0.05, _QUIET + _AFTER))
    return [*(before * noise[:_QUIET]), *(after * noise[_QUIET:])]


def test_one_event_where_none_was_is_hardly_a_surprise_and_a_hundred_are() -> None:
    quiet = np.zeros(40)

    assert most_surprise(np.array([0.0, 1.0, 0.0, 0.0]), quiet) < 2.0
    assert most_surprise(np.array([0.0, 0.25, 0.0, 0.25]), quiet) < 2.0
    assert most_surprise(np.full(4, 25.0), quiet) > 15.0
    assert most_surprise(np.full(4, 25.0), np.full(40, 20.0)) == math.inf


def test_a_lock_waited_for_once_does_not_outdo_a_slow_database() -> None:
    series = {
        ("web", "locks_waiting"): [0.0] * (_QUIET + 3) + [1.0] + [0.0] * (_AFTER - 4),
        ("web", "latency_p90"): _level(100, 160, 1),
        ("db", "latency_p90"): _level(20, 80, 2),
        ("db", "locks_waiting"): [0.0] * (_QUIET + _AFTER),
    }

    first = Diagnostician().diagnose(_case(series, (("web", "db"),))).hypotheses[0]

    assert first.service == "db"


def test_a_counter_that_began_anew_is_no_fall() -> None:
    restarts = [1_000.0] * _QUIET + [0.0] * _AFTER
    series = {("web", "restarts_total"): restarts, ("db", "cpu_pct"): _level(20, 90)}

    assert Diagnostician().diagnose(_case(series)).hypotheses[0].service == "db"


def test_processors_that_all_work_more_accuse_nobody_but_who_works_most() -> None:
    series = {(f"s{row}", "cpu_pct"): _level(20, 40, row) for row in range(8)}
    series[("s5", "cpu_pct")] = _level(20, 95, 5)

    ranked = Diagnostician().diagnose(_case(series)).hypotheses

    assert ranked[0].service == "s5"
    assert ranked[0].score > 3.0 * ranked[1].score


def test_without_a_map_the_quickest_that_slowed_by_as_much_is_the_cause() -> None:
    series = {
        ("shop", "latency_p90"): _level(300, 500, 1),
        ("orders", "latency_p90"): _level(120, 320, 2),
        ("stock", "latency_p90"): _level(15, 215, 3),
    }

    assert Diagnostician().diagnose(_case(series)).hypotheses[0].service == "stock"


def test_a_service_whose_processor_stands_still_is_gone_though_it_is_still_scraped() -> None:
    counter = np.cumsum([*np.full(_QUIET, 3.0), *np.zeros(_AFTER)]).tolist()
    series = {
        ("web", "errors_total"): np.cumsum([*np.zeros(_QUIET), *np.full(_AFTER, 400.0)]).tolist(),
        ("web", "cpu_seconds_total"): np.cumsum(np.full(_QUIET + _AFTER, 2.0)).tolist(),
        ("db", "cpu_seconds_total"): counter,
    }

    first = Diagnostician().diagnose(_case(series, (("web", "db"),))).hypotheses[0]

    assert first.service == "db"


def test_a_used_up_processor_stands_before_the_slowness_it_brings() -> None:
    series = {
        ("db", "latency_p90"): _level(20, 400, 1),
        ("db", "latency_p99"): _level(30, 600, 2),
        ("db", "cpu_pct"): _level(20, 95, 3),
        ("web", "latency_p90"): _level(100, 480, 4),
    }

    metrics = Diagnostician().diagnose(_case(series, (("web", "db"),))).metrics

    assert metrics[0] == "db|cpu_pct"


def test_a_cache_is_judged_as_a_cache_and_not_as_success() -> None:
    assert family_of("keyspace_hit_ratio") is Family.CACHE
    assert is_bad_when_low("keyspace_hit_ratio")
    assert not is_bad_when_low("cache_misses")
    assert family_of("hits_per_s") is Family.LOAD


def test_of_a_long_table_the_lines_around_the_onset_are_read_and_cited_by_their_own_row() -> None:
    many = MOST_LINES + 500
    times = [float(row - many) for row in range(many)] + [10.0, 11.0]
    lines = len(times)
    logs = LogTable(
        times, ["web"] * many + ["db"] * 2, ["INFO"] * many + ["ERROR"] * 2, [""] * lines, [""] * lines,
        ["all is well"] * many + ["disk is full, giving up"] * 2,
    )  # fmt: skip
    case = replace(_case({("db", "cpu_pct"): _level(20, 20)}), telemetry=Telemetry(logs=logs))

    diagnosis = Diagnostician().diagnose(case)

    assert diagnosis.hypotheses[0].service == "db"
    assert diagnosis.evidence[0].reference == f"log:{many}"
    assert diagnosis.coverage.dropped == (f"502 log lines beyond the {MOST_LINES} nearest to it",)
    assert nearest(Telemetry(logs=logs), 0.0).window.logs.t_ms[-1] == 11.0


def test_a_rare_line_among_many_rare_lines_is_chance() -> None:
    rare = [
        (float(-row * 1_000), "web", f"oddity of kind {chr(97 + row % 26) * 3} failed")
        for row in range(1, 27)
    ]
    rare += [
        (5_000.0, "web", "another oddity failed"),
        *[(float(t), "db", "lost the disk, failed") for t in (1, 2, 3)],
    ]
    rare.sort()
    logs = LogTable(
        [at for at, _, _ in rare], [of for _, of, _ in rare], ["ERROR"] * len(rare), [""] * len(rare),
        [""] * len(rare), [text for *_, text in rare],
    )  # fmt: skip
    case = replace(_case({}), telemetry=Telemetry(logs=logs))

    assert Diagnostician().diagnose(case).hypotheses[0].service == "db"

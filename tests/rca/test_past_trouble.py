"""Within hours that are over, the moment is found at which what was asked about turned worse."""

import numpy as np

from domain.investigation.evidence import LogTable, MetricTable, SpanTable, Telemetry
from rca.series.past_trouble import turns_within

STEP, BEGIN, HOUR = 100.0, 1_700_000_000.0, 3600.0
TIMES = BEGIN + STEP * (np.arange(15 * 36) + 0.5)  # an hour before, and a night of fourteen


def night(service: str, metric: str, **bumps: float) -> Telemetry:
    """A night in which a series rises over three hours by half, and is `times` as high at `m…` minutes."""
    chance = np.random.default_rng(7)
    values = 100.0 * (1.0 + np.clip((TIMES - BEGIN - 2 * HOUR) / (6 * HOUR), 0.0, 0.5))
    values = values * chance.normal(1.0, 0.04, TIMES.size)
    for minute, times in bumps.items():
        begin = BEGIN + HOUR + 60.0 * float(minute[1:])
        values[np.abs(TIMES - begin - 600.0) < 600.0] *= times
    return Telemetry(metrics=MetricTable(TIMES.tolist(), {(service, metric): values.tolist()}))


def found(window: Telemetry, asked: str) -> list[tuple[str, int]]:
    since = BEGIN + HOUR
    turns = turns_within(window, asked, since, since + 14 * HOUR, anomaly=since, step=STEP)
    return [(turn.service, round((turn.at - since) / 60.0)) for turn in turns]


def test_the_plainest_step_comes_first_and_a_slow_rise_is_none() -> None:
    assert found(night("pay", "latency_p95"), "pay") == []
    assert found(night("pay", "latency_p95", m200=2.0, m500=4.0), "pay") == [("pay", 500), ("pay", 200)]


def test_what_gets_worse_by_falling_is_found_and_others_count_only_where_the_asked_one_tells_nothing() -> (
    None
):
    fell = night("pay", "success_ratio", m300=0.4)

    assert found(fell, "pay") == [("pay", 300)]
    assert found(fell, "web") == [("pay", 300)]
    both = Telemetry(
        metrics=MetricTable(
            TIMES.tolist(),
            {**fell.metrics.series, **night("web", "latency_p95", m60=3.0).metrics.series},
        )
    )
    assert found(both, "web") == [("web", 60)]


def test_failed_calls_and_error_lines_tell_it_too() -> None:
    moments = (TIMES - BEGIN - HOUR) * 1000.0
    bad = [bool(12_000_000 <= at < 13_200_000) for at in moments]
    count, blank = TIMES.size, [""] * TIMES.size
    numbers = [str(number) for number in range(count)]
    spans = SpanTable(
        numbers, numbers, ["-1"] * count, ["pay"] * count, ["take"] * count, moments.tolist(),
        [900.0] * count, bad,
    )  # fmt: skip
    levels = ["error" if is_bad else "info" for is_bad in bad]
    lines = LogTable(moments.tolist(), ["pay"] * count, levels, blank, blank, blank)

    assert found(Telemetry(spans=spans), "pay") == [("pay", 200)]
    assert found(Telemetry(logs=lines), "pay") == [("pay", 200)]

"""A service that its callers can't connect to looks idle and well: their lines and its load tell."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.investigation.diagnosis import Verdict
from domain.investigation.evidence import IncidentCase, SpanTable
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series, logs_of

CALLS = (("web", "orders"), ("web", "search"), ("orders", "stock"), ("search", "stock"))
FAILING = {(name, "error_ratio"): 0.6 for name in ("web", "orders", "search")}
REFUSED = "dial tcp stock:8080: connect: connection refused"


def cut_off(
    line: str = REFUSED,
    *,
    authors: Sequence[str] = ("orders", "search"),
    asked: float = 20.0,
    calls: tuple[tuple[str, str], ...] = CALLS,
    lines: int = 40,
    **more: float,
) -> IncidentCase:
    own = {("stock", name): value for name, value in more.items()}
    case = a_case({**FAILING, ("stock", "requests_per_s"): asked, **own})
    rows = [(160_000.0 * n / lines, name, "error", line) for n in range(lines) for name in authors]
    quiet = [
        (4_000.0 * n, name, "info", "handled 40 requests") for n in range(40) for name in ("orders", "search")
    ]
    logs = logs_of(sorted([*rows, *quiet]))
    return replace(case, calls=calls, telemetry=replace(case.telemetry, logs=logs))


def said_of_stock(case: IncidentCase) -> str:
    diagnosis = Diagnostician().diagnose(case)
    found = next(h for h in diagnosis.hypotheses if h.service == "stock")
    return next((claim.text for claim in found.claims if "can't connect" in claim.text), "")


@pytest.mark.parametrize("calls", [CALLS, ()])
@pytest.mark.parametrize(
    "line",
    [REFUSED, 'Post "https://stock/v1": x509: certificate has expired', "connect ETIMEDOUT stock:8080"],
)
def test_who_no_caller_can_connect_to_is_the_cause_though_it_looks_well(
    line: str, calls: tuple[tuple[str, str], ...]
) -> None:
    case = cut_off(line, calls=calls)
    found = Diagnostician().diagnose(case)

    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "stock")
    assert said_of_stock(case).startswith("orders and search can't connect to it (80 times, “")
    assert said_of_stock(case).endswith("and it is asked for 20% of what it was")


@pytest.mark.parametrize(
    "case",
    [
        cut_off(authors=("orders",)),
        cut_off(asked=100.0),
        cut_off(latency_p95_ms=900.0),
        cut_off("read of stock:8080 timed out"),
        cut_off("could not obtain a connection from the pool of stock within 5 s"),
    ],
    ids=["one of two complains", "asked as ever", "slow itself", "it answers too late", "a pool"],
)
def test_one_caller_a_slow_callee_or_a_full_pool_are_no_broken_connection(case: IncidentCase) -> None:
    assert said_of_stock(case) == ""


def test_where_no_load_is_told_the_lines_alone_say_less() -> None:
    blind, told = cut_off(calls=()), cut_off(calls=())
    series = blind.telemetry.metrics.series
    for key in [key for key in series if key[0] == "stock" and key[1] != "cpu_pct"]:
        del series[key]
    found, surer = Diagnostician().diagnose(blind), Diagnostician().diagnose(told)

    assert found.hypotheses[0].service == surer.hypotheses[0].service == "stock"
    assert said_of_stock(blind).endswith("and its load is not told")
    assert found.confidence < surer.confidence


def test_who_alone_reaches_none_of_several_has_trouble_at_its_own_end() -> None:
    case = cut_off(authors=("orders",), calls=())
    lines = case.telemetry.logs
    rows = [*zip(lines.t_ms, lines.service, lines.level, lines.message, strict=True)]
    more = [(at, who, level, text.replace("stock", "search")) for at, who, level, text in rows]
    alone = replace(case, telemetry=replace(case.telemetry, logs=logs_of(sorted([*rows, *more]))))

    assert said_of_stock(case)
    assert not said_of_stock(alone)


def test_of_who_tells_no_load_its_spans_do() -> None:
    def said(after: int) -> str:
        """40 spans of `stock` in the ten minutes before, so many in the ten after; `web` goes on."""
        case = cut_off(calls=())
        series = case.telemetry.metrics.series
        for key in [key for key in series if key[0] == "stock" and key[1] != "cpu_pct"]:
            del series[key]
        starts = [(-600_000.0 + 15_000.0 * n, "stock") for n in range(40)]
        starts += [(600_000.0 * n / max(after, 1), "stock") for n in range(after)]
        starts += [(-600_000.0 + 15_000.0 * n, "web") for n in range(81)]
        ids = [str(n) for n in range(len(starts))]
        spans = SpanTable(
            ids, ids, ["-1"] * len(ids), [who for _, who in starts], ["op"] * len(ids),
            [at for at, _ in starts], [5_000.0] * len(ids), [False] * len(ids),
        )  # fmt: skip
        return said_of_stock(replace(case, telemetry=replace(case.telemetry, spans=spans)))

    assert said(4).endswith("and it is asked for 10% of what it was")
    assert said(40) == ""


def test_of_thinned_lines_it_is_said_that_there_were_more() -> None:
    assert said_of_stock(cut_off(lines=11_000)).startswith("orders and search can't connect to it (at least ")


UNNAMED = "tls: failed to verify certificate of the dependency"


def asking(line: str, *, stock: float = 5.0, search: float = 100.0) -> IncidentCase:
    """`orders` asks `stock` and `search`, and alone complains, of nobody by name."""
    calls = (("web", "orders"), ("orders", "stock"), ("orders", "search"))
    case = cut_off(line, authors=("orders",), asked=stock, calls=calls)
    for metric, level in (("error_ratio", 0.002), ("requests_per_s", search)):
        case.telemetry.metrics.series["search", metric] = a_series(100.0 if level > 1 else level, level)
    return case


def test_a_line_that_names_nobody_is_about_the_only_callee_that_is_hardly_asked_any_more() -> None:
    found = Diagnostician().diagnose(asking(UNNAMED))

    assert found.hypotheses[0].service == "stock"
    assert said_of_stock(asking(UNNAMED)).endswith("and it is asked for 5% of what it was")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(asking(UNNAMED, search=5.0), id="nobody is asked any more"),
        pytest.param(asking(UNNAMED, stock=60.0), id="it is still asked"),
        pytest.param(asking("validation of the certificate number failed"), id="no connection"),
    ],
)
def test_a_line_that_names_nobody_points_at_nobody_where(case: IncidentCase) -> None:
    assert said_of_stock(case) == ""


def unasked(
    *,
    stock: float = 2.0,
    sick: Sequence[str] = ("orders", "search"),
    callers: float = 100.0,
    cpu: float = 20.0,
    is_load_told: bool = True,
) -> str:
    """What is said first of the first where `stock` is hardly asked any more and no line says why."""
    failing = {(name, "error_ratio"): 0.6 for name in sick}
    asked = {(name, "requests_per_s"): callers for name in ("orders", "search")}
    case = a_case({**failing, **asked, ("stock", "requests_per_s"): stock, ("stock", "cpu_pct"): cpu})
    for key in () if is_load_told else asked:
        del case.telemetry.metrics.series[key]
    found = Diagnostician().diagnose(replace(case, calls=CALLS))
    return found.hypotheses[0].claims[0].text


def test_who_all_callers_stopped_asking_while_they_fail_is_first_without_any_line() -> None:
    said = unasked()

    assert said.startswith("it is asked for 2% of what it was, and all who call it suffer, orders and search")
    assert said.endswith(", who are asked as ever")


def test_of_callers_whose_load_nobody_tells_none_is_said_to_be_asked_as_ever() -> None:
    said = unasked(is_load_told=False)

    assert said.endswith("and all who call it suffer, orders and search")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(unasked(sick=("orders",)), id="one of them is well"),
        pytest.param(unasked(stock=60.0), id="it is still asked"),
        pytest.param(unasked(callers=2.0), id="they are not asked either"),
        pytest.param(unasked(cpu=97.0), id="it is short of something itself"),
    ],
)
def test_who_is_hardly_asked_is_not_accused_where(said: str) -> None:
    assert "it is asked for" not in said


def test_who_is_asked_for_less_only_because_its_caller_is_cut_off_does_not_hide_it() -> None:
    case = a_case({**FAILING, ("stock", "requests_per_s"): 2.0})
    table = case.telemetry.metrics
    below = {("depot", "requests_per_s"): a_series(100.0, 4.0), ("depot", "cpu_pct"): a_series(20.0, 20.0)}
    told = replace(case.telemetry, metrics=replace(table, series={**table.series, **below}))
    calls = (*CALLS, ("stock", "depot"))

    found = Diagnostician().diagnose(replace(case, telemetry=told, calls=calls))

    assert found.hypotheses[0].service == "stock"
    assert found.hypotheses[0].claims[0].text.startswith("it is asked for 2% of what it was")

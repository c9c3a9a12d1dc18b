"""Whose fault a slow call is."""

from domain.investigation.evidence import SpanTable
from rca.diagnostician import Diagnostician
from rca.spans.call_gaps import EdgeGap, gap_findings
from tests.rca.builders import a_case, with_spans, wobble


def blame(*edges: tuple[str, str, float]) -> str:
    findings = gap_findings([EdgeGap(a, b, z, 1.0, 9.0, "ms") for a, b, z in edges])
    return max(findings, key=lambda finding: (finding.strength, finding.service)).service


def test_a_caller_whose_calls_are_all_slow_is_starved_itself() -> None:
    assert (
        blame(("web", "a", 20.0), ("web", "b", 20.0), ("web", "c", 20.0), ("x", "a", 0.0), ("y", "b", 0.0))
        == "web"
    )


def test_a_callee_that_is_slow_for_all_its_callers_is_the_cause() -> None:
    assert blame(("web", "db", 20.0), ("app", "db", 20.0), ("web", "a", 0.0), ("app", "b", 0.0)) == "db"


def test_a_lone_slow_edge_is_charged_to_the_callee() -> None:
    assert blame(("web", "db", 20.0)) == "db"


def test_a_gap_that_holds_the_callers_own_work_is_the_callers_unless_all_callers_wait() -> None:
    def blamed(*edges: tuple[str, str, float]) -> str:
        gaps = [EdgeGap(a, b, z, 1.0, 9.0, "ms", 100, holds_work=True) for a, b, z in edges]
        return max(gap_findings(gaps), key=lambda finding: finding.strength).service

    assert blamed(("web", "db", 20.0)) == "web"
    assert blamed(("web", "db", 20.0), ("app", "db", 0.0)) == "web"
    assert blamed(("web", "db", 20.0), ("app", "db", 20.0)) == "db"


def test_who_makes_spans_for_most_of_its_calls_is_charged_for_its_own_work_around_the_others() -> None:
    def told(*begins: tuple[float, float]) -> SpanTable:
        rows: list[tuple[str, str, str, str, str, float, float]] = []
        for begin, work in begins:
            for number in range(60):
                trace, start, is_told = f"{begin}{number}", begin + 100.0 * number, number % 3 != 0
                own = (1_500.0 if is_told else work) * wobble(number, 3)
                rows.append((trace, "a", "-1", "orders", "place", start, 2_000.0 + own))
                if is_told:
                    rows.append((trace, "k", "a", "orders", "call stock", start, 2_500.0))
                rows.append((trace, "c", "k" if is_told else "a", "stock", "reserve", start, 2_000.0))
        columns = [list(column) for column in zip(*rows, strict=True)]
        return SpanTable(*columns, failed=[False] * len(rows))  # type: ignore[arg-type]

    usual = (-60_000.0, 3_000.0)
    case = with_spans(a_case({}), told(usual, (1_000.0, 400_000.0)), told(usual))

    assert Diagnostician().diagnose(case).hypotheses[0].service == "orders"


def test_quiet_edges_say_nothing() -> None:
    assert gap_findings([EdgeGap("a", "b", 1.0, 1.0, 1.1, "ms")]) == []

"""Whose fault a slow call is."""

from rca.call_gaps import EdgeGap, gap_findings


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


def test_quiet_edges_say_nothing() -> None:
    assert gap_findings([EdgeGap("a", "b", 1.0, 1.0, 1.1, "ms")]) == []

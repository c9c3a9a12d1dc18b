"""Reports: what stands behind each claim, ruled-out causes, pictures, and a feed's own history."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.ids import IncidentId
from domain.investigation.diagnosis import Verdict
from domain.investigation.diagnosis_report import Chart, DiagnosisReport, MapSlice
from domain.investigation.evidence import Change, ChangeKind, Doubt, IncidentCase, PastRun, RunFacts
from rca.pictures.drawing import draw_charts, draw_map
from rca.report import make_report
from tests.rca.builders import ANOMALY, a_case, spans_of, steady, with_spans

DAY = 86_400.0


def a_report(case: IncidentCase, run: RunFacts | None = None, **more: object) -> DiagnosisReport:
    made_at = datetime(2026, 11, 22, tzinfo=UTC)
    return make_report(IncidentId("i1"), 1, case, run, made_at=made_at, **more)  # type: ignore[arg-type]


def a_failing_run(*, changed_days_ago: float) -> RunFacts:
    """Daily runs, the last three of nine failed; the configuration changed so many days ago."""
    earlier = tuple(
        PastRun(f"r{n}", "succeeded" if n < 6 else "failed", ANOMALY - DAY * (8 - n), 60.0, 1_000 + n)
        for n in range(8)
    )
    at = ANOMALY - DAY * changed_days_ago
    change = Change("abc123", ChangeKind.CONFIG, at, "fx_trades", "Edit feed fx_trades", diff="-a\n+b")
    return RunFacts(
        feed="fx_trades", run_id="r8", status="failed", started_at=ANOMALY, earlier=earlier, changes=(change,)
    )


def test_a_report_survives_its_own_json_and_every_claim_can_be_opened() -> None:
    report = a_report(a_case())

    again = DiagnosisReport.model_validate_json(report.model_dump_json())
    assert again == report
    for hypothesis in report.diagnosis.hypotheses:
        for claim in hypothesis.claims:
            for one in claim.evidence_ids:
                detail = report.detail(one)
                assert detail is not None
                assert detail.rows or detail.quoted


def test_behind_slow_calls_stand_the_calls_themselves_longest_wait_first() -> None:
    usual = {"web": 9_000.0, "orders": 4_000.0, "stock": 2_000.0}
    slow, before = (
        spans_of(steady(60, at, **took))
        for at, took in ((1_000.0, usual | {"web": 400_000.0}), (-60_000.0, usual))
    )

    report = a_report(with_spans(a_case({}), slow, before))

    calls, *_ = [one for one in report.details if one.title.startswith("calls web → orders")]
    assert calls.columns[-2:] == ("web took", "orders took")
    waits = [float(row[-2].split()[0]) - float(row[-1].split()[0]) for row in calls.rows]
    assert waits[0] > 80
    assert waits == sorted(waits, reverse=True)


def test_a_change_between_the_last_good_and_the_first_bad_run_is_suspected() -> None:
    report = a_report(IncidentCase("x", ANOMALY), a_failing_run(changed_days_ago=2.5))

    diagnosis = report.diagnosis
    assert [change.change_id for change in diagnosis.changes] == ["abc123"]
    assert diagnosis.verdict is Verdict.SUPPORTED
    assert diagnosis.onset == ANOMALY - 2 * DAY
    assert any("3 runs in a row" in step.text for step in diagnosis.chain)
    detail = report.detail(diagnosis.changes[0].evidence_ids[0])
    assert detail is not None
    assert detail.quoted == "-a\n+b"


def test_a_change_long_before_or_after_the_trouble_began_is_a_red_herring() -> None:
    for days in (0.5, 7.5):
        report = a_report(IncidentCase("x", ANOMALY), a_failing_run(changed_days_ago=days))

        assert report.diagnosis.changes == ()
        assert report.diagnosis.verdict is Verdict.INCONCLUSIVE


def test_a_cause_that_people_ruled_out_goes_last_and_the_next_is_less_sure() -> None:
    before = a_report(a_case())
    after = a_report(a_case(), ruled_out=("stock",))

    assert before.diagnosis.hypotheses[0].service == "stock"
    assert after.diagnosis.hypotheses[-1].service == "stock"
    assert after.diagnosis.confidence < before.diagnosis.confidence
    assert after.diagnosis.verdict is Verdict.INCONCLUSIVE
    assert after.diagnosis.would_decide


def test_the_map_shows_the_path_of_the_trouble() -> None:
    assert a_report(a_case()).map.path == ("web", "orders", "stock")


def test_pictures_are_drawn_from_reports_and_from_names_that_look_like_formulas() -> None:
    report = a_report(a_case())
    hostile = "$\\frac{x}{$ \x00\u202e" + "n" * 300
    chart = Chart(title=hostile, times=(1.0, 2.0, 3.0), values=(1.0, float("nan"), 3.0), moment=2.0)
    part = MapSlice(nodes=((hostile, "service"), ("b", "feed")), edges=((hostile, "b"), ("b", hostile)))

    for png in (draw_charts((*report.charts, chart)), draw_map(report.map, "x"), draw_map(part, hostile)):
        assert png.startswith(b"\x89PNG")
    assert draw_charts(()) == b""
    assert draw_charts((replace_values(chart),)) == b""
    assert draw_map(MapSlice(), "x") == b""


def replace_values(chart: Chart) -> Chart:
    return chart.model_copy(update={"values": (float("nan"),) * 3})


def test_what_could_not_be_had_is_said_once() -> None:
    case = replace(a_case(), unavailable=("loki is away", "loki is away"))

    assert a_report(case).diagnosis.coverage.unavailable.count("loki is away") == 1


def test_what_was_left_out_on_purpose_is_not_called_unavailable_too() -> None:
    said = "store: 9,950,000 of 10,000,000 log lines of the window were left out: too many; " + "kept: " * 20
    case = replace(a_case(), unavailable=(said, "loki is away"))

    coverage = a_report(case, dropped=(said,)).diagnosis.coverage

    assert [text[:15] for text in coverage.dropped] == ["store: 9,950,00"]
    assert not any("left out" in text for text in coverage.unavailable)
    assert "loki is away" in coverage.unavailable


def test_evidence_of_an_unreliable_sender_counts_less_and_the_diagnosis_says_so() -> None:
    doubts = tuple(
        Doubt(service, "metric", 0.4, "agent", "nothing has come for 30 minutes")
        for service in ("web", "orders", "stock", "search")
    )

    before, after = a_report(a_case()), a_report(replace(a_case(), doubts=doubts))

    weights = [report.diagnosis.evidence[0].weight for report in (before, after)]
    assert weights[1] < weights[0]
    assert after.diagnosis.confidence <= before.diagnosis.confidence
    (said,) = after.diagnosis.coverage.weighed_down
    assert said == (
        "what agent sends of web, orders, stock, search counts at 40%: nothing has come for 30 minutes"
    )
    assert before.diagnosis.coverage.weighed_down == ()

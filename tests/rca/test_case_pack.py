"""The case of a diagnosis is kept in bounded bytes, and what is found in it later is what was found then."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import BadInput
from domain.investigation.evidence import Change, ChangeKind, IncidentCase, PastRun, RunFacts, Telemetry
from rca.cases.case_files import read_case
from rca.cases.case_pack import causes_said, packed, unpack
from rca.cases.run_files import NAME, read_run
from rca.report import find_causes
from tests.rca.builders import ANOMALY, a_case, logs_of, spans_of, steady, with_spans

SECRET = "password=hunter2-and-more"


def a_rich_case(requests: int = 40) -> IncidentCase:
    usual = spans_of(steady(requests, 0, web=4_000, orders=3_000, stock=2_000))
    slow = spans_of(steady(requests, 1_000, web=4_000, orders=3_000, stock=900_000))
    case = with_spans(a_case(), slow, usual)
    lines = [(10.0 + row, "stock", "ERROR", f"disk of stock is full, {SECRET}") for row in range(40)]
    flag = Change("f1", ChangeKind.CONFIG, ANOMALY - 60.0, "stock", "pool: 5", ("stock.yaml",), "-a\n+b")
    return replace(
        case,
        telemetry=replace(case.telemetry, logs=logs_of(lines)),
        changes=(flag,),
        unavailable=("loki did not answer within 8 s",),
    )


def a_run() -> RunFacts:
    return RunFacts(
        feed="fx_trades",
        run_id="r8",
        status="failed",
        started_at=ANOMALY,
        finished_at=ANOMALY + 20.0,
        columns={"amt": "decimal"},
        usual_columns={"amount": "decimal"},
        usual_rows=[1_000, 1_010],
        log=("INFO reading", f"ERROR KeyError: 'amount' {SECRET}"),
        earlier=(PastRun("r7", "succeeded", ANOMALY - 86_400.0, 60.0, 1_000),),
        services=("stock",),
    )


@pytest.mark.parametrize("run", [None, a_run()])
def test_a_kept_case_comes_out_as_it_went_in_without_its_secrets(
    run: RunFacts | None, tmp_path: Path
) -> None:
    case = a_rich_case()
    said = find_causes(case, run)

    folder = unpack(packed(case, run, said), tmp_path)
    again = find_causes(read_case(folder), read_run(folder))

    assert again.hypotheses[0].service == said.hypotheses[0].service == causes_said(folder)[0]
    assert again.confidence == said.confidence
    assert [c.change_id for c in again.changes] == [c.change_id for c in said.changes]
    assert read_case(folder).changes == case.changes
    assert read_case(folder).calls == tuple(sorted(case.calls))
    assert case.unavailable[0] in read_case(folder).unavailable
    assert not any(b"hunter2" in path.read_bytes() for path in folder.rglob("*.json"))
    assert not any("hunter2" in message for message in read_case(folder).telemetry.logs.message)


def test_the_same_case_gives_the_same_bytes() -> None:
    case = a_rich_case()

    assert packed(case, a_run(), find_causes(case)) == packed(case, a_run(), find_causes(case))


def test_a_case_too_large_is_thinned_to_the_bound_keeps_its_evidence_and_says_so(tmp_path: Path) -> None:
    case = a_rich_case(requests=3_000)
    said = find_causes(case)
    whole = len(packed(case, None, said))

    content = packed(case, None, said, most_bytes=whole // 3)
    kept = read_case(unpack(content, tmp_path))

    assert len(content) <= whole // 3
    assert len(kept.telemetry.spans) < len(case.telemetry.spans)
    assert kept.telemetry.metrics.series.keys() == case.telemetry.metrics.series.keys()
    assert any("were left out when it was kept" in text for text in kept.unavailable)
    assert find_causes(kept).hypotheses[0].service == said.hypotheses[0].service


def test_what_no_thinning_makes_small_enough_is_refused() -> None:
    with pytest.raises(BadInput, match="bytes"):
        packed(a_case(), None, find_causes(a_case()), most_bytes=500)


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 torn", packed(a_case(), None, find_causes(a_case()))[:-9]]
)
def test_damaged_bytes_are_refused_in_words(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        unpack(content, tmp_path)

    assert "damaged" in refused.value.say


def test_a_run_that_is_none_is_refused_with_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text('{"feed": 5}')

    with pytest.raises(BadInput) as refused:
        read_run(tmp_path)

    assert "started_at" in refused.value.next_step


def test_a_case_without_any_telemetry_is_kept_too(tmp_path: Path) -> None:
    case = IncidentCase("bare", ANOMALY, telemetry=Telemetry())

    folder = unpack(packed(case, a_run(), find_causes(case, a_run())), tmp_path)

    assert find_causes(read_case(folder), read_run(folder)).hypotheses[0].service == "fx_trades"

"""The neutral case format: what is written is read back, and missing files are said, not fatal."""

import csv
import gzip
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

import benchmarks.curation
import benchmarks.rca
import benchmarks.rca_calibrate
import benchmarks.topology
from domain.errors import BadInput
from rca.cases.case_files import find_cases, find_data_sets, read_case
from rca.cases.case_labels import Label, read_labels
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_commit, a_deploy, logs_of, spans_of, steady, with_spans
from tests.rca.written_cases import write_case

LABEL = Label("case-1", ("stock",), ("stock|cpu_pct",), "slow", "a" * 40, ("b" * 40,))


def test_confidence_is_not_fitted_where_no_labelled_case_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "truth.jsonl").write_text("")

    with pytest.raises(SystemExit):
        benchmarks.rca_calibrate.main(["--data", str(tmp_path), "--worlds", "1"])

    assert "holds no labelled case" in capsys.readouterr().err


def test_an_exported_incident_is_read_back_with_the_same_diagnosis(tmp_path: Path) -> None:
    usual = spans_of(steady(20, 0, web=4_000, orders=3_000, stock=2_000))
    case = with_spans(a_case(), spans_of(steady(20, 1_000, web=4_000, orders=3_000, stock=2_000)), usual)
    lines = logs_of([(10.0, "stock", "ERROR", "disk of stock is full")])
    case = replace(
        case,
        telemetry=replace(case.telemetry, logs=lines),
        changes=(a_commit("a" * 40, 12), a_deploy("a" * 40, 10)),
    )

    write_case(tmp_path / "ours", case, LABEL)
    again = read_case(find_cases(tmp_path / "ours")[0])

    before, after = Diagnostician().diagnose(case), Diagnostician().diagnose(again)
    assert [h.service for h in after.hypotheses] == [h.service for h in before.hypotheses]
    assert after.changes == before.changes
    assert read_labels(tmp_path / "ours")["case-1"] == LABEL


def test_data_sets_are_found_by_their_truth_whatever_their_name(tmp_path: Path) -> None:
    write_case(tmp_path / "some other system", a_case(), LABEL)
    (tmp_path / "licences").mkdir()

    assert [path.name for path in find_data_sets(tmp_path)] == ["some other system"]
    assert find_data_sets(tmp_path / "some other system") == [tmp_path / "some other system"]


def test_a_case_of_nothing_but_its_facts_is_read_and_says_what_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "set" / "bare"
    folder.mkdir(parents=True)
    (folder / "case.json").write_text(json.dumps({"anomaly_time": 5, "reference": "gone"}))

    case = read_case(folder)

    assert set(case.unavailable) == {"metrics", "traces", "logs", "reference"}


@pytest.mark.parametrize("text", ["", "{", "{}", '{"anomaly_time": "soon"}', "[]"])
def test_a_case_without_a_moment_is_refused_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "case.json").write_text(text)

    with pytest.raises(BadInput, match=tmp_path.name):
        read_case(tmp_path)


@pytest.mark.parametrize("name", ["../up", "a/b", "", "reference", ".."])
def test_an_id_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        write_case(tmp_path, replace(a_case(), case_id=name), LABEL)


def test_secrets_do_not_leave_with_an_export(tmp_path: Path) -> None:
    lines = logs_of([(10.0, "stock", "ERROR", "login failed password=hunter2")])
    case = replace(a_case(), telemetry=replace(a_case().telemetry, logs=lines))

    folder = write_case(tmp_path, case, LABEL)

    assert "hunter2" not in read_case(folder).telemetry.logs.message[0]


@pytest.mark.proves("F4")
def test_nothing_that_a_log_says_is_a_formula_in_an_export(tmp_path: Path) -> None:
    said = '=HYPERLINK("https://evil.example","the fix")'
    lines = logs_of([(10.0, "@stock", "ERROR", said), (11.0, "stock", "ERROR", "-5")])
    case = replace(a_case(), telemetry=replace(a_case().telemetry, logs=lines), calls=(("=web", "stock"),))

    folder = write_case(tmp_path, case, LABEL)

    with gzip.open(folder / "logs.csv.gz", "rt", encoding="utf-8", newline="") as table:
        cells = [cell for row in csv.reader(table) for cell in row]
    cells += (folder / "graph.csv").read_text().replace("\n", ",").split(",")
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    again = read_case(folder)
    assert again.telemetry.logs.message == [said, "-5"]
    assert again.telemetry.logs.service == ["@stock", "stock"]
    assert again.calls == (("=web", "stock"),)


@pytest.mark.parametrize(
    "body",
    [b"no gzip at all", b"", gzip.compress(b"span,parent\n1,2\n"), b"\x1f\x8b\x08"],
    ids=["no gzip", "empty", "other columns", "cut off"],  # gzip writes the time, which no name may hold
)
def test_a_broken_table_is_said_and_the_rest_is_used(tmp_path: Path, body: bytes) -> None:
    folder = write_case(tmp_path, a_case(), Label("case-1", ("stock",)))
    (folder / "traces.csv.gz").write_bytes(body)

    case = read_case(folder)

    assert len(case.telemetry.spans) == 0
    assert case.telemetry.metrics.series
    assert body == b"" or any(text.startswith("traces: the file is broken") for text in case.unavailable)


def test_the_benchmarks_take_sets_of_any_name_with_kinds_of_telemetry_missing(tmp_path: Path) -> None:
    for set_name in ("shop-eu", "bank.2027"):
        write_case(tmp_path / set_name, a_case(), Label("case-1", ("stock",)))
        (tmp_path / set_name / "case-1" / "logs.csv.gz").unlink(missing_ok=True)
        write_case(tmp_path / set_name, replace(a_case(), case_id="bare"), Label("bare", ("web",)))
        (tmp_path / set_name / "bare" / "metrics.csv.gz").write_bytes(b"broken")
        write_case(tmp_path / set_name, replace(a_case(), case_id="torn"), Label("torn", ("web",)))
        (tmp_path / set_name / "torn" / "case.json").write_text("{")

    for module in (benchmarks.rca, benchmarks.curation):
        told = tmp_path / "figures.json"
        assert module.main(["--data", str(tmp_path), "--json", str(told)]) == 0
        figures = json.loads(told.read_text())["figures"]
        assert {name for name in figures if name.endswith("_shop-eu")}
        assert {name for name in figures if name.endswith("_bank.2027")}
    assert benchmarks.topology.span_coverage(tmp_path) == {}


def _case_folder(tmp_path: Path, **tables: str) -> Path:
    folder = tmp_path / "set" / "one"
    folder.mkdir(parents=True)
    (folder / "case.json").write_text(json.dumps({"anomaly_time": 120.0, "sample_seconds": 60}))
    for name, text in tables.items():
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def test_a_row_that_was_cut_costs_its_own_samples_alone(tmp_path: Path) -> None:
    folder = _case_folder(tmp_path, metrics="time,a|cpu,b|cpu\n0,1,2\n\n60,3,4\n120,5\n")

    case = read_case(folder)

    assert case.telemetry.metrics.series[("a", "cpu")] == [1.0, 3.0, 5.0]
    assert case.telemetry.metrics.series[("b", "cpu")][:2] == [2.0, 4.0]
    assert math.isnan(case.telemetry.metrics.series[("b", "cpu")][2])
    assert "metrics" not in " ".join(case.unavailable)


def test_a_case_that_does_not_say_how_often_it_was_sampled_shows_it(tmp_path: Path) -> None:
    folder = _case_folder(tmp_path, metrics="time,a|cpu\n0,1\n15,3\n30,3\n90,5\n")
    (folder / "case.json").write_text(json.dumps({"anomaly_time": 60.0}))

    assert read_case(folder).sample_seconds == 15.0


@pytest.mark.parametrize(
    ("status", "failed"),
    [
        ("STATUS_CODE_OK", False), ("STATUS_CODE_UNSET", False), ("200 OK", False), ("false", False),
        ("2", False), ("404", True), ("HTTP 503", True), ("STATUS_CODE_ERROR", True), ("ERROR", True),
        ("DeadlineExceeded", True),
    ],
)  # fmt: skip
def test_a_span_failed_when_its_status_says_so_in_any_dialect(
    tmp_path: Path, status: str, failed: bool
) -> None:
    head = "trace,span,parent,service,operation,start_ms,duration_us,status"
    folder = _case_folder(tmp_path, traces=f"{head}\nt,1,-1,web,GET,0,5,{status}\n")

    assert read_case(folder).telemetry.spans.failed == [failed]

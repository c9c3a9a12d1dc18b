"""`dogwatch bench rca` on incidents of one's own, as an export writes them."""

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from domain.errors import BadInput
from rca.case_export import write_case
from rca.case_labels import Label
from runtime.incident_verbs import run_bench
from tests.rca.builders import a_case


def test_own_incidents_are_measured_and_what_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path / "ours", a_case(), Label("case-1", ("stock",), ("stock|cpu_pct",)))
    write_case(tmp_path / "ours", replace(a_case(), case_id="hidden"), Label("hidden", ("search",)))
    write_case(tmp_path / "ours", replace(a_case(), case_id="torn"), Label("torn", ("stock",)))
    (tmp_path / "ours" / "torn" / "case.json").write_text("{")
    (tmp_path / "ours" / "unlabelled").mkdir()
    (tmp_path / "ours" / "unlabelled" / "case.json").write_text('{"anomaly_time": 1}')

    assert run_bench(argparse.Namespace(cases=str(tmp_path))) == 0

    said = capsys.readouterr()
    assert "case-1: named stock; the true cause stands at 1" in said.out
    assert "cases_ours = 3" in said.out
    assert "ac1_ours = 0.3333" in said.out
    assert "unlabelled: no label, left out" in said.err
    assert "torn" in said.err


def test_a_folder_without_labels_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        run_bench(argparse.Namespace(cases=str(tmp_path)))

    assert "incidents export" in refused.value.next_step

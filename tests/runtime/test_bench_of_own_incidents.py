"""`dogwatch bench rca` on incidents of one's own, as an export writes them."""

import argparse
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import benchmarks.rca
from domain.errors import BadInput
from domain.identity.chat import Place, Platform
from domain.ids import IncidentId, PersonId
from domain.investigation.evidence import RunFacts
from domain.investigation.incidents import Incident, IncidentKind, IncidentState, LabelKind
from domain.investigation.incidents import Label as Said
from domain.ports.incident_stores import KeptCase
from rca.cases.case_files import read_case
from rca.cases.case_labels import Label
from rca.cases.case_pack import packed
from rca.report import find_causes
from runtime.cli import main
from runtime.settings.house import Settings
from runtime.verbs.incidents import run_bench
from runtime.wiring.stores import open_stores
from tests.rca.builders import a_case
from tests.rca.written_cases import write_case


def test_own_incidents_are_measured_and_what_cannot_be_read_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_case(tmp_path / "ours", a_case(), Label("case-1", ("stock",), ("stock|cpu_pct",)))
    write_case(tmp_path / "ours", replace(a_case(), case_id="hidden"), Label("hidden", ("ledger",)))
    write_case(tmp_path / "ours", replace(a_case(), case_id="torn"), Label("torn", ("stock",)))
    (tmp_path / "ours" / "torn" / "case.json").write_text("{")
    with (tmp_path / "ours" / "truth.jsonl").open("a") as truth:
        truth.write('{"id": "lost", "services": "stock"}\n')
    (tmp_path / "ours" / "unlabelled").mkdir()
    (tmp_path / "ours" / "unlabelled" / "case.json").write_text('{"anomaly_time": 1}')

    assert run_bench(argparse.Namespace(cases=str(tmp_path))) == 0

    said = capsys.readouterr()
    assert "case-1: named stock; the true cause stands at 1" in said.out
    assert "cases_ours = 3" in said.out
    assert "ac1_ours = 0.3333" in said.out
    assert "unlabelled: no label, left out" in said.err
    assert "hidden: named stock; its label names ledger, which nothing in the case reports" in said.out
    assert "torn: The case torn has no readable case.json" in said.err
    assert "lost: labelled, but there is no case of this name" in said.err


def test_a_folder_without_labels_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        run_bench(argparse.Namespace(cases=str(tmp_path)))

    assert "incidents export" in refused.value.next_step


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken", "Line 2 of truth.jsonl in ours is no JSON"),
        ('["inc-7"]', "names no case: it has no id"),
        ('{"id": "inc-7", "services": 5}', "services is no list of names"),
    ],
)
def test_a_label_that_is_none_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    write_case(tmp_path / "ours", a_case(), Label("case-1", ("stock",)))
    with (tmp_path / "ours" / "truth.jsonl").open("a") as truth:
        truth.write(line + "\n")

    with pytest.raises(BadInput, match=r"truth\.jsonl in ours") as refused:
        run_bench(argparse.Namespace(cases=str(tmp_path)))

    assert said in refused.value.say
    assert '"services": ["checkout"]' in refused.value.next_step


@pytest.mark.parametrize("text", ["{", "[]", '{"commits": [5]}', '{"deploys": 5}'])
def test_broken_changes_are_said_and_the_case_is_still_measured(tmp_path: Path, text: str) -> None:
    folder = write_case(tmp_path / "ours", a_case(), Label("case-1", ("stock",)))
    (folder / "changes.json").write_text(text)

    case = read_case(folder)

    assert any(what.startswith("changes: the file is broken") for what in case.unavailable)
    assert run_bench(argparse.Namespace(cases=str(tmp_path))) == 0


_RESOLVED = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def _resolved(name: str, cause: str) -> Incident:
    said = Said(kind=LabelKind.WAS, cause=cause, by=PersonId("ana"), at=_RESOLVED)
    return Incident(
        id=IncidentId(name),
        kind=IncidentKind.INCIDENT,
        title="orders are late",
        state=IncidentState.RESOLVED,
        opened_by="ana",
        place=Place(platform=Platform.WEB, workspace="web", channel="c", thread="1"),
        opened_at=_RESOLVED,
        updated_at=_RESOLVED,
        began_at=_RESOLVED,
        resolved_at=_RESOLVED,
        labels=(said,) if cause else (),
    )


def test_resolved_incidents_are_exported_once_with_what_people_said_and_can_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "data"))
    stores = open_stores(Settings())
    with stores.transactions.writing() as uow:
        uow.incidents.save(_resolved("i-known", "stock"))
        uow.incidents.save(_resolved("i-unknown", ""))
    stores.database.close()
    to = tmp_path / "cases" / "ours"

    assert main(["incidents", "export", "--to", str(to)]) == 0
    first = capsys.readouterr()
    assert main(["incidents", "export", "--to", str(to)]) == 0
    again = capsys.readouterr()
    assert main(["bench", "rca", "--cases", str(to.parent)]) == 0

    assert "1 of 2 resolved incidents written" in first.out
    assert "i-known: nothing was kept of it, so it is gathered anew" in first.err
    assert "i-unknown: nobody said what it was" in first.err
    assert "i-known: written before" in again.err
    assert "i-known: named nobody; its label names stock" in capsys.readouterr().out


def test_an_incident_of_a_feed_is_exported_as_it_was_kept_and_comes_out_as_people_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "data"))
    case = replace(a_case(), case_id="i-feed")
    run = RunFacts(
        feed="fx_trades",
        run_id="r8",
        status="failed",
        started_at=case.anomaly_time,
        log=("ERROR KeyError: column amount",),
    )
    stores = open_stores(Settings())
    with stores.transactions.writing() as uow:
        uow.incidents.save(_resolved("i-feed", "fx_trades"))
        content = packed(case, run, find_causes(case, run))
        uow.kept_cases.keep(KeptCase(IncidentId("i-feed"), 1, _RESOLVED, content))
    stores.database.close()
    to = tmp_path / "cases" / "ours"

    assert main(["incidents", "export", "--to", str(to)]) == 0
    exported = capsys.readouterr()
    assert main(["bench", "rca", "--cases", str(to)]) == 0
    assert benchmarks.rca.main(["--data", str(to), "--json", str(tmp_path / "f.json"), "--no-peers"]) == 0

    said = capsys.readouterr().out
    assert "1 of 1 resolved incidents written" in exported.out
    assert "1 as kept" in exported.out
    assert "i-feed: named fx_trades; the true cause stands at 1" in said
    assert said.count("1 of 1 case comes out as people confirmed.") == 2
    assert "Of the 1 whose diagnosis of the time is known, 1 did then, and 1 name the same" in said

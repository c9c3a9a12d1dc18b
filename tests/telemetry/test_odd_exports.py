"""Exports as strangers make them: words for empty cells, finer clocks, cut-off files, open quotes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import BadInput
from telemetry.bulk import HistoryPiece, history_pieces
from telemetry.written_times import moment_of

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HEAD = "feed,run,state,start,end,rows,note"


def _read(folder: Path, told: str | bytes, name: str = "runs.csv") -> HistoryPiece:
    path = folder / name
    path.write_bytes(told if isinstance(told, bytes) else told.encode())
    (piece,) = history_pieces(path, NOW)
    return piece


@pytest.mark.parametrize("blank", ["", "NULL", "null", "N/A", "NaT", "nan", "None", "-", "\\N", "(null)"])
def test_a_cell_that_says_in_words_that_it_is_empty_is(tmp_path: Path, blank: str) -> None:
    piece = _read(tmp_path, f"{HEAD}\nfx,r1,running,2026-11-28T06:30:00Z,{blank},{blank},{blank}\n")

    assert [(run.outcome, run.finished_at, run.rows_written) for run in piece.fresh] == [
        ("running", None, None)
    ]
    assert piece.rejected == ()


def test_rows_without_a_name_are_not_one_run_by_a_word_for_none(tmp_path: Path) -> None:
    rows = [f"fx,NULL,ok,2026-11-{day}T06:30:00Z,,," for day in (27, 28)]

    piece = _read(tmp_path, "\n".join([HEAD, *rows]))

    assert [one.reason for one in piece.rejected] == ["no run identifier"] * 2


@pytest.mark.parametrize("written", ["none_of_it", "nan_prices", "n-a", "null_checks"])
def test_a_name_that_only_begins_like_such_a_word_is_a_name(tmp_path: Path, written: str) -> None:
    piece = _read(tmp_path, f"{HEAD}\n{written},r1,ok,2026-11-28T06:30:00Z,,,\n")

    assert [run.feed for run in piece.fresh] == [written.replace("-", "_")]


@pytest.mark.parametrize(
    "written",
    [
        "1796020200",
        "1796020200000",
        "1796020200000000",
        "1796020200000000000",
        "20261130063000",
        "2026-11-30 07:30:00 Europe/Berlin",
        "2026-11-30T06:30:00Z Europe/Berlin",
        "2026-11-30 01:30:00.000 America/New_York",
    ],
)
def test_a_moment_is_read_however_fine_its_clock_and_whatever_place_it_names(written: str) -> None:
    moment = moment_of(written)

    told = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    assert told.astimezone(UTC) == datetime(2026, 11, 30, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["2026-11-30 06:30:00 CET", "2026-11-30 06:30:00 A/B", "2026-11-30 06:30 ../../x", "123456789012345"],
)
def test_what_may_be_several_moments_or_none_is_not_guessed_at(written: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        moment_of(written)


def test_a_number_without_an_end_is_no_moment(tmp_path: Path) -> None:
    told = '{"feed": "fx", "run": "1", "state": "ok", "finished_at": Infinity}\n'

    piece = _read(tmp_path, told, "runs.jsonl")

    assert [one.reason for one in piece.rejected] == ["time not readable"]


def test_a_quote_that_is_never_closed_is_told_instead_of_the_runs_after_it_being_lost(tmp_path: Path) -> None:
    rows = [f"fx,r{n},ok,2026-11-28T06:30:00Z,,,{note}" for n, note in enumerate(["fine", '"open', "x", "y"])]

    with pytest.raises(BadInput, match="line 3 is never closed"):
        _read(tmp_path, "\n".join([HEAD, *rows]) + "\n")


@pytest.mark.parametrize(
    "notes", [['5" disk', "x"], ['"two\nlines"', "x"], ['"said ""no"""', "x"], ["x\n\n", '5" disk']]
)
def test_quotes_that_are_closed_or_mean_inches_lose_nothing(tmp_path: Path, notes: list[str]) -> None:
    rows = [f"fx,r{n},ok,2026-11-28T06:30:00Z,,,{note}" for n, note in enumerate(notes)]

    piece = _read(tmp_path, "\n".join([HEAD, *rows]) + "\n")

    assert [run.run for run in piece.fresh] == ["r0", "r1"]


@pytest.mark.parametrize("told", ['{"metadata": {"invocation_id": "x"}, "resu', "", "null", "[17]"])
def test_a_document_that_is_cut_off_or_holds_no_record_is_called_unreadable(
    tmp_path: Path, told: str
) -> None:
    piece = _read(tmp_path, told, "runs.json")

    assert [(one.reason, "cut off" in one.detail) for one in piece.rejected] == [("not readable", True)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["runs.json", "runs.jsonl"])
def test_a_mark_at_the_beginning_of_a_file_says_how_it_is_written(
    tmp_path: Path, encoding: str, name: str
) -> None:
    told = '{"feed": "fx", "run": "1", "state": "ok", "finished_at": "2026-11-28T06:30:00Z"}'

    piece = _read(tmp_path, told.encode(encoding), name)

    assert [run.feed for run in piece.fresh] == ["fx"]


@pytest.mark.parametrize(
    ("state", "outcome"), [("Ended OK", "ok"), ("Ended Not OK", "failed"), ("SU", "ok"), ("TE", "failed")]
)
def test_states_of_older_schedulers_are_understood(tmp_path: Path, state: str, outcome: str) -> None:
    piece = _read(tmp_path, f"{HEAD}\nfx,r1,{state},2026-11-28T06:30:00Z,,,\n")

    assert [run.outcome for run in piece.fresh] == [outcome]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", "\ufeffsep=;"])
def test_the_line_in_which_excel_names_the_delimiter_is_no_heading(tmp_path: Path, first: str) -> None:
    table = f"{HEAD}\nfx,r1,ok,28.11.2026 06:30,,,\n".replace(",", ";")

    piece = _read(tmp_path, f"{first}\n{table}")

    assert [(run.feed, run.run) for run in piece.fresh] == [("fx", "r1")]
    assert piece.unread == ("note",)

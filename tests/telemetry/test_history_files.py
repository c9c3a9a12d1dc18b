"""Histories as people export them: headings, clocks and dates of many manners."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from domain.errors import BadInput
from domain.running.runs import Run
from telemetry.bulk import HistoryPiece, history_pieces
from telemetry.headings import headings
from telemetry.packed_files import bytes_of

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def _piece(folder: Path, text: str, zone: ZoneInfo | None = None) -> HistoryPiece:
    path = folder / "runs.csv"
    path.write_text(text, encoding="utf-8")
    (piece,) = history_pieces(path, NOW, zone=zone or ZoneInfo("UTC"))
    return piece


def _one(folder: Path, text: str, zone: ZoneInfo | None = None) -> Run:
    (run,) = _piece(folder, text, zone).fresh
    return run


@pytest.mark.parametrize(
    "head",
    [
        "Job Name ,Run ID,STATUS,Start Time (UTC),End  Time,# Rows",
        "jobName,jobRunId,jobRunState,startedOn,completedOn,recordCount",
        "pipeline,execution_id,result,start_ts,end_ts,records",
        "Pipeline name,Run ID,Status,Run start,Run end,Rows loaded",
    ],
)
def test_headings_of_other_systems_are_understood(tmp_path: Path, head: str) -> None:
    run = _one(tmp_path, f'{head}\nfx,r1,Succeeded,2026-11-28T06:30:00Z,2026-11-28T06:40:00Z,"12,345"\n')

    assert (run.feed, run.run, run.outcome, run.duration_seconds) == ("fx", "r1", "ok", 600.0)
    assert run.rows_written == 12_345


def test_a_heading_of_our_own_wins_and_one_that_says_another_unit_is_not_taken_for_ours() -> None:
    assert headings(["rows", "# Rows", "Duration (ms)", "duration", "start_date"]) == [
        "rows",
        "#_rows",
        "duration_(ms)",
        "duration",
        "start_date",
    ]
    assert headings(["Duration (s)"]) == ["duration_s"]


def test_columns_that_nothing_was_read_from_are_told(tmp_path: Path) -> None:
    text = "feed,run,state,start,cost centre\nfx,r1,ok,2026-11-28T06:30:00Z,7\n"

    assert _piece(tmp_path, text).unread == ("cost_centre",)


def test_a_history_without_any_time_is_refused_as_a_whole_with_its_columns(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="start") as refused:
        _piece(tmp_path, "feed,run,state,started_maybe\nfx,r1,ok,2026-11-28\n")

    assert "no column for the start or end" in refused.value.say
    assert "started_maybe" in refused.value.say


def test_runs_without_a_name_are_told_apart_by_when_they_began_and_count_once(tmp_path: Path) -> None:
    rows = ["fx,ok,2026-11-27T06:30:00Z", "fx,failed,2026-11-28T06:30:00Z", "fx,failed,2026-11-28T06:30:00Z"]

    piece = _piece(tmp_path, "\n".join(["feed,status,start_time", *rows]))

    assert [(run.run, run.outcome) for run in piece.fresh] == [
        ("2026-11-27T06:30:00Z", "ok"),
        ("2026-11-28T06:30:00Z", "failed"),
    ]


def test_an_end_alone_tells_a_run_and_a_row_without_any_time_is_none(tmp_path: Path) -> None:
    rows = ["fx,Cancelled,2026-11-27T06:30:00Z", "fx,In Progress,"]

    piece = _piece(tmp_path, "\n".join(["feed,status,end_time", *rows]))

    assert [(run.run, run.outcome) for run in piece.fresh] == [("2026-11-27T06:30:00Z", "failed")]
    assert [one.reason for one in piece.rejected] == ["no run identifier"]


def test_a_table_of_columns_without_run_names_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "runs.parquet"
    pd.DataFrame(
        {"Job Name": ["fx"], "status": ["ok"], "started": [datetime.fromisoformat("2026-07-01T06:30")]}
    ).to_parquet(path)

    (piece,) = history_pieces(path, NOW, zone=BERLIN)

    assert piece.is_zoneless
    assert [run.started_at for run in piece.fresh] == [datetime(2026, 7, 1, 4, 30, tzinfo=UTC)]


def test_times_without_a_zone_are_by_the_clock_that_was_told_and_others_by_their_own(tmp_path: Path) -> None:
    head = "feed,run,state,start\n"

    summer = _one(tmp_path, head + "fx,r1,ok,2026-07-01 06:30:00\n", BERLIN)
    winter = _one(tmp_path, head + "fx,r1,ok,2026-11-01 06:30:00\n", BERLIN)
    zoned = _piece(tmp_path, head + "fx,r1,ok,2026-07-01T06:30:00-04:00\n", BERLIN)

    assert (summer.started_at, winter.started_at) == (
        datetime(2026, 7, 1, 4, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    )
    assert zoned.fresh[0].started_at == datetime(2026, 7, 1, 10, 30, tzinfo=UTC)
    assert not zoned.is_zoneless


@pytest.mark.parametrize(
    "written",
    [
        "14.11.2026 06:30",
        "14.11.2026 06:30:00",
        "2026/11/14 06:30:00",
        "2026-11-14 06:30:00 UTC",
        "2026-11-14 06:30:00.000 +0000",
        "2026-11-14 07:30:00 +01:00",
        "1794637800",
        "1794637800000",
    ],
)
def test_a_moment_that_can_be_only_one_is_read(tmp_path: Path, written: str) -> None:
    assert _one(tmp_path, f"feed,run,state,start\nfx,r1,ok,{written}\n").started_at == datetime(
        2026, 11, 14, 6, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("told", "other", "month"),
    [("03/04/2026 06:30", "14/04/2026 06:30", 4), ("03/04/2026 6:30 AM", "03/14/2026 6:30 PM", 3)],
)
def test_a_day_with_slashes_is_read_as_the_rest_of_its_file_says(
    tmp_path: Path, told: str, other: str, month: int
) -> None:
    piece = _piece(tmp_path, f"feed,run,state,start\nfx,r1,ok,{told}\nfx,r2,ok,{other}\n")

    first, second = (run.started_at for run in piece.fresh)
    assert first is not None
    assert second is not None
    assert (first.month, second.month) == (month, month)
    assert second.hour == (18 if "PM" in other else 6)


def test_a_day_that_may_be_two_is_refused_with_how_to_write_it(tmp_path: Path) -> None:
    piece = _piece(tmp_path, "feed,run,state,start\nfx,r1,ok,03/04/2026 06:30\n")

    assert piece.fresh == ()
    assert "it may be two days; write it as" in piece.rejected[0].detail


def test_a_number_whose_point_may_begin_decimals_is_not_guessed_at(tmp_path: Path) -> None:
    piece = _piece(tmp_path, "feed,run,state,start,rows\nfx,r1,ok,2026-11-28T06:30:00Z,12.345\n")

    assert [one.reason for one in piece.rejected] == ["number not usable"]


@pytest.mark.parametrize(("note", "months"), [("as on 12/25/2025", [4, 4]), ("12/25/2025 08:15 seen", [])])
def test_a_day_in_a_note_proves_nothing_and_moments_that_contradict_each_other_settle_nothing(
    tmp_path: Path, note: str, months: list[int]
) -> None:
    rows = [f"fx,r1,ok,03/04/2026 06:30,{note}", "fx,r2,ok,14/04/2026 06:30,"]

    piece = _piece(tmp_path, "\n".join(["feed,run,state,start,note", *rows]))

    assert [run.started_at.month for run in piece.fresh if run.started_at] == months
    assert len(piece.rejected) == 2 - len(months)


def test_runs_without_a_name_that_are_due_on_one_day_are_told_apart_by_when_they_began(
    tmp_path: Path,
) -> None:
    rows = [f"fx,ok,2026-11-28,2026-11-28T{hour:02}:05:00Z" for hour in range(1, 5)]

    piece = _piece(tmp_path, "\n".join(["feed,status,scheduled_for,start_time", *rows]))

    assert len(piece.fresh) == 4


_TABLE = "feed,run,state,start,end\nfx,r1,ok,2026-11-28T06:30:00Z,2026-11-28T06:40:00Z\n"


@pytest.mark.parametrize(
    "above",
    [
        "Runs of November\n",
        "Job report;\nPrinted 2026-11-30, 08:00, by feed, state\n\n",
        "sep=,\nRuns\n",
        '"Runs, of all feeds"\n,,,,\n',
    ],
)
def test_a_title_above_the_headings_is_passed_over(tmp_path: Path, above: str) -> None:
    run = _one(tmp_path, above + _TABLE)

    assert (run.feed, run.run, run.duration_seconds) == ("fx", "r1", 600.0)


def test_headings_repeated_further_down_do_not_hide_the_rows_before_them(tmp_path: Path) -> None:
    piece = _piece(tmp_path, _TABLE + _TABLE.replace("r1", "r2"))

    assert sorted(run.run for run in piece.fresh) == ["r1", "r2"]


@pytest.mark.parametrize(
    "text", ["when,what\n1,2\n", "\n".join(["a title"] * 30) + "\n" + _TABLE, "Runs\nfx,r1,ok,yesterday\n"]
)
def test_a_table_without_headings_of_runs_is_refused_by_its_first_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput) as found:
        _piece(tmp_path, text)

    assert text.split("\n")[0].split(",")[0].casefold().replace(" ", "_") in found.value.say.casefold()


def test_an_open_quote_below_a_title_is_named_by_its_line_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 5"):
        _piece(tmp_path, f'Runs\n\n{_TABLE}fx,"r2,ok,2026-11-28T06:30:00Z,\nfx,r3,ok,2026-11-28T06:30:00Z,\n')


def test_a_run_ends_as_long_after_its_start_as_it_took(tmp_path: Path) -> None:
    run = _one(tmp_path, "feed,run,state,start,duration_s\nfx,r1,ok,2026-11-28T06:30:00Z,90\n")

    assert run.finished_at == datetime(2026, 11, 28, 6, 31, 30, tzinfo=UTC)


def test_a_run_that_is_under_way_keeps_its_start(tmp_path: Path) -> None:
    run = _one(tmp_path, "feed,run,state,start\nfx,r1,running,2026-11-30T11:30:00Z\n")

    assert run.started_at == datetime(2026, 11, 30, 11, 30, tzinfo=UTC)
    assert run.finished_at is None


def test_a_duration_that_would_end_in_the_future_is_not_believed(tmp_path: Path) -> None:
    run = _one(tmp_path, "feed,run,state,start,duration_s\nfx,r1,ok,2026-11-30T11:30:00Z,90000\n")

    assert run.duration_seconds == 0.0


@pytest.mark.parametrize("told", ["-1", "00:10:00", "n.a."])
def test_a_duration_that_is_no_number_refuses_no_run_that_tells_when_it_was(
    tmp_path: Path, told: str
) -> None:
    run = _one(tmp_path, f"feed,run,state,start,duration_s\nfx,r1,ok,2026-11-28T06:30:00Z,{told}\n")

    assert (run.started_at, run.duration_seconds) == (datetime(2026, 11, 28, 6, 30, tzinfo=UTC), 0.0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("runs.csv.gz", "A title\nfeed;run;state;finished_at\nfx;r1;ok;2026-11-28T06:30:00Z\n"),
        ("RUNS.CSV.GZ", "feed,run,state,finished_at\nfx,r1,ok,28/11/2026 06:30\n"),
        (
            "runs.jsonl.gz",
            '{"feed": "fx", "run": "r1", "state": "ok", "finished_at": "2026-11-28T06:30:00Z"}',
        ),
        (
            "runs.json.gz",
            '[{"feed": "fx", "run": "r1", "state": "ok", "finished_at": "2026-11-28T06:30:00Z"}]',
        ),
    ],
)
def test_a_history_that_gzip_packed_is_read(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()))

    (piece,) = history_pieces(path, NOW)

    assert [(run.feed, run.run, run.outcome) for run in piece.fresh] == [("fx", "r1", "ok")]


@pytest.mark.parametrize(
    "read",
    [
        lambda packed: list(TextIOWrapper(packed)),
        lambda packed: packed.read(),
        lambda packed: packed.read(2 << 20),
    ],
)
def test_a_history_that_unpacks_to_more_than_is_allowed_is_read_no_further(
    tmp_path: Path, read: Callable[[BinaryIO], object]
) -> None:
    path = tmp_path / "runs.csv.gz"
    path.write_bytes(gzip.compress(b"feed,run,state,finished_at\n" + b" \n" * (1 << 20)))

    with pytest.raises(BadInput) as refused, bytes_of(path, most=1 << 20) as packed:
        read(packed)

    assert "unpacks to more than" in refused.value.say


@pytest.mark.parametrize(
    "spoilt",
    [b"feed,run,state\n", gzip.compress(b"feed,run,state\n" * 99)[:30], b"\x1f\x8b"],
    ids=["not packed", "cut off", "two bytes"],
)
def test_a_history_that_gzip_did_not_pack_is_refused_in_words(tmp_path: Path, spoilt: bytes) -> None:
    path = tmp_path / "runs.csv.gz"
    path.write_bytes(spoilt)

    with pytest.raises(BadInput) as refused:
        list(history_pieces(path, NOW))

    assert "not what gzip packs" in refused.value.say

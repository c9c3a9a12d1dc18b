"""Files that break, burst or hang their reader end as a sentence; the process that asked goes on."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from config_gen.samples.confined import Bounds, shut_down
from domain.errors import BadInput
from domain.ids import FeedName
from runtime.settings.house import Settings
from runtime.wiring.comparing.confined_files import (
    history_in_child,
    reports_in_child,
    rows_in_child,
    score_in_child,
)
from runtime.wiring.comparing.delivered_rows import read_rows
from runtime.wiring.comparing.delivery_scoring import ScoreAsked
from runtime.wiring.intake import run_reports
from runtime.wiring.stores import open_stores
from tests.waiting import wait_until

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
_SMALL = Bounds(200 << 20, 20, 60.0)
_GOOD = "id,amount\n1,2.50\n2,3.75\n"


@pytest.fixture(scope="module", autouse=True)
def _helper() -> Iterator[None]:
    yield
    shut_down()


def _bomb(path: Path, rows: int = 4_000_000, width: int = 1_000) -> Path:
    """Write a Parquet file of a megabyte whose columns are gigabytes of text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    piece = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["x" * width]))
    column = pa.chunked_array([piece] * (rows // 100_000))
    table = pa.table(dict.fromkeys(("feed", "run", "state", "finished_at"), column))
    # Without Arrow's own schema the reader does not know that it could leave it folded.
    pq.write_table(table, path, store_schema=False)
    assert path.stat().st_size < 2_000_000
    return path


def _reader() -> int:
    """Return the process that reads a file now, once there is one; its warden waits for it."""

    def readers() -> list[int]:
        helpers = [one for one in _children(os.getpid()) if "forker" in _command(one)]
        return [reader for helper in helpers for warden in _children(helper) for reader in _children(warden)]

    return wait_until(readers)[0]


def _children(process: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        found += [int(one) for one in task.read_text().split()]
    return found


def _command(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text()


@pytest.mark.proves("F2")
def test_a_delivery_that_unfolds_to_gigabytes_is_a_sentence(tmp_path: Path) -> None:
    path = _bomb(tmp_path / "fx.parquet")

    with pytest.raises(BadInput) as compared:
        rows_in_child(path, path.name, _SMALL)
    with pytest.raises(BadInput) as scored:
        score_in_child(
            ScoreAsked(feed=FeedName("fx"), path=path, name=path.name, now=NOW, config=None), _SMALL
        )

    for told in (compared.value, scored.value):
        assert "fx.parquet needed more than 200 MiB of memory" in told.say
        assert "kept" in told.say
        assert told.next_step
    assert path.exists()


@pytest.mark.proves("F2")
def test_a_reader_that_hangs_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    os.mkfifo(path)  # nobody writes: opening it never ends

    with pytest.raises(BadInput) as caught:
        rows_in_child(path, "fx.csv", Bounds(1 << 30, 20, 0.3))

    assert "longer than" in caught.value.say


@pytest.mark.proves("F2")
def test_a_reader_that_crashes_is_a_sentence_and_the_next_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    os.mkfifo(path)
    crash = threading.Thread(target=lambda: os.kill(_reader(), signal.SIGSEGV))
    crash.start()

    with pytest.raises(BadInput) as caught:
        rows_in_child(path, "fx.csv", _SMALL)
    crash.join()
    good = tmp_path / "good.csv"
    good.write_text(_GOOD)

    assert "stopped the reader (SIGSEGV)" in caught.value.say
    assert len(rows_in_child(good, "good.csv")) == 2


@pytest.mark.proves("F2")
def test_a_helper_that_was_killed_is_started_again(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(_GOOD)
    assert len(rows_in_child(good, "good.csv")) == 2
    for helper in [one for one in _children(os.getpid()) if "forker" in _command(one)]:
        os.kill(helper, signal.SIGKILL)
        os.waitid(os.P_PID, helper, os.WEXITED | os.WNOWAIT)

    assert len(rows_in_child(good, "good.csv")) == 2


@pytest.mark.proves("F2")
def test_run_reports_that_unfold_to_gigabytes_are_refused_by_a_process_that_lives(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    body = _bomb(tmp_path / "runs.parquet", rows=100_000, width=100_000).read_bytes()
    kind = "application/vnd.apache.parquet"
    good = b"feed,run,state,finished_at\nfx,1,ok,2026-11-22T07:00:00Z\n"

    with pytest.raises(BadInput) as caught:
        run_reports(stores).receive("json", body, "loader", content_type=kind)

    assert "needed more than 1,024 MiB" in caught.value.say
    assert run_reports(stores).receive("json", good, "loader", content_type="text/csv").taken == 1
    stores.database.close()


@pytest.mark.proves("F2")
def test_reports_of_nothing_but_brackets_are_refused_before_they_are_unfolded(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))

    with pytest.raises(BadInput) as caught:
        run_reports(stores).receive("json", b"[" + b"{}," * 2_500_000 + b"{}]", "loader")

    assert "objects" in caught.value.say
    stores.database.close()


@pytest.mark.proves("F2")
def test_a_history_that_bursts_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    path.write_text("[" + "{}," * 20_000_000 + "{}]")

    with pytest.raises(BadInput) as caught:
        list(history_in_child(path, "runs.json", NOW, _SMALL))

    assert "runs.json needed more than" in caught.value.say


def test_a_child_reads_what_a_plain_call_reads(tmp_path: Path) -> None:
    csv = tmp_path / "fx.csv"
    csv.write_text("id;name;day\n1;Zoë;2026-01-01\n2;;2026-01-02\n")
    lines = tmp_path / "fx.jsonl"
    lines.write_text('{"id": 1, "tags": ["a", {"b": 2}], "mixed": 1}\n{"id": 2, "mixed": "x"}\n')
    columns = tmp_path / "fx.parquet"
    frame = pd.DataFrame({"id": [1, 2], "at": pd.to_datetime(["2026-01-01", None]), "amount": [1.5, None]})
    frame.to_parquet(columns)

    for path in (csv, columns):
        pd.testing.assert_frame_equal(rows_in_child(path, path.name), read_rows(path, path.name))
    there, here = rows_in_child(lines, lines.name), read_rows(lines, lines.name)
    assert [there[name].astype(str).tolist() for name in there] == [
        here[name].astype(str).tolist() for name in here
    ]


def test_a_child_says_what_a_reader_refuses(tmp_path: Path) -> None:
    path = tmp_path / "fx.parquet"
    path.write_bytes(b"PAR1 is not enough")

    with pytest.raises(BadInput) as rows:
        rows_in_child(path, "fx.parquet")
    with pytest.raises(BadInput) as reports:
        list(reports_in_child(path, "loader", "json", NOW))

    assert "can't read the rows" in rows.value.say
    assert "no Parquet file" in reports.value.say


def test_half_a_character_in_a_history_does_not_end_it(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text(
        '{"feed": "fx", "run": "\\ud800", "state": "ok", "finished_at": "2026-11-22T07:00:00Z"}\n'
    )

    found = [run for piece in history_in_child(path, "runs.jsonl", NOW) for run in piece.fresh]

    assert [run.run for run in found] == ["?"]

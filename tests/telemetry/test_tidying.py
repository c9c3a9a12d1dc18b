"""Beside the decoders: calls are counted once, large files are spared, the newest goes first when behind."""

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.ports.telemetry_intake import Dialect
from telemetry.call_counts import are_counted, count_calls, counted_until
from telemetry.columnar_files import file_name, stored_files
from telemetry.columnar_store import ColumnarStore
from telemetry.decoder import BEHIND_SECONDS, in_turn
from telemetry.housekeeping import merge_once, prune
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.records import Kind
from telemetry.segments import store_segment
from telemetry.write_ahead import Frame, WriteAheadLog
from tests.telemetry.bodies import log_request, now_ns, trace_request


def write(root: Path, body: bytes, dialect: Dialect = Dialect.OTLP_TRACES) -> Path:
    log = WriteAheadLog(root / "wal")
    log.append(Frame(dialect, "col", now_ns() // 1000, body), lambda trouble: None)
    log.close()
    return max((root / "wal").glob("*.wal"))


def store(root: Path, body: bytes, dialect: Dialect = Dialect.OTLP_TRACES) -> None:
    store_segment(write(root, body, dialect), root, AttributeCache())


def caller() -> bytes:
    return trace_request("cart", count=1).SerializeToString()


def callee() -> bytes:
    request = trace_request("pay", count=2)
    del request.resource_spans[0].scope_spans[0].spans[0]
    return request.SerializeToString()


def calls(root: Path) -> list[tuple[str, str, int]]:
    now = datetime.now(UTC)
    found = ColumnarStore(root).calls(now - timedelta(minutes=5), now + timedelta(seconds=1))
    return [(one.caller, one.callee, one.calls) for one in found]


def test_a_call_whose_parent_comes_later_is_counted_once(tmp_path: Path) -> None:
    store(tmp_path, callee())
    assert count_calls(tmp_path) == 1
    assert calls(tmp_path) == []

    store(tmp_path, caller())
    counted = [count_calls(tmp_path) for _ in range(3)]

    assert counted == [1, 0, 0]
    assert are_counted(tmp_path)
    assert calls(tmp_path) == [("cart", "pay", 1)]


def test_calls_are_counted_up_to_the_segment_that_still_waits(tmp_path: Path) -> None:
    store(tmp_path, caller())
    write(tmp_path, callee())
    store_segment(write(tmp_path, callee()), tmp_path, AttributeCache())

    count_calls(tmp_path)

    assert counted_until(tmp_path) == 1
    store_segment(next((tmp_path / "wal").glob("*.wal")), tmp_path, AttributeCache())
    count_calls(tmp_path)
    assert calls(tmp_path) == [("cart", "pay", 2)]


def test_a_store_that_nobody_tidies_tells_calls_from_its_spans(tmp_path: Path) -> None:
    store(tmp_path, caller())
    count_calls(tmp_path)
    store(tmp_path, callee())
    os.utime(stored_files(tmp_path, Kind.SPANS)[-1].path, (1, 1))

    assert calls(tmp_path) == [("cart", "pay", 1)]


def test_spans_are_not_merged_before_their_calls_are_counted(tmp_path: Path) -> None:
    for _ in range(24):
        store(tmp_path, caller())
    assert merge_once(tmp_path, Kind.SPANS) is None

    count_calls(tmp_path)

    assert merge_once(tmp_path, Kind.SPANS) is not None


def test_what_is_merged_is_not_written_again_for_a_few_small_files(tmp_path: Path) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            store(tmp_path, log_request("pay", f"line {number}").SerializeToString(), Dialect.OTLP_LOGS)

    large = log_request("pay", "first")
    for _ in range(30):
        large.MergeFrom(log_request("pay", os.urandom(8_000).hex()))
    store(tmp_path, large.SerializeToString(), Dialect.OTLP_LOGS)
    first = stored_files(tmp_path, Kind.LOGS)[0]
    fill(23)
    assert merge_once(tmp_path, Kind.LOGS) is None

    fill(1)

    assert merge_once(tmp_path, Kind.LOGS) is not None
    assert first.path.exists()


def test_when_decoding_is_behind_the_newest_goes_first_and_the_oldest_every_fourth_time() -> None:
    paths = [Path(f"{number}.wal") for number in range(3)]
    fresh = [(100.0 - BEHIND_SECONDS / 2, path) for path in paths]
    late = [(100.0 - BEHIND_SECONDS * 2, path) for path in paths]

    assert [in_turn(fresh, turn, 100.0)[0] for turn in range(4)] == [paths[0]] * 4
    assert [in_turn(late, turn, 100.0)[0] for turn in range(5)] == [
        paths[0],
        paths[2],
        paths[2],
        paths[2],
        paths[0],
    ]
    assert in_turn([], 1, 100.0) == []


def test_half_a_file_that_a_crash_left_is_deleted(tmp_path: Path) -> None:
    store(tmp_path, caller())
    left, written = tmp_path / "spans" / "left.draft", tmp_path / "spans" / "written.draft"
    for path in (left, written):
        path.write_bytes(b"half")
    os.utime(left, (1, 1))

    prune(tmp_path, keep_bytes=1 << 30, keep_seconds=3_600)

    assert (left.exists(), written.exists()) == (False, True)


def test_a_file_that_is_written_while_leftovers_are_looked_for_stays(tmp_path: Path) -> None:
    folder, over = tmp_path / "logs", threading.Event()
    folder.mkdir()
    written: list[Path] = []

    def write_on() -> None:
        now = int(time.time() * 1e6)
        for number in range(1, 600):
            path = folder / file_name(now, now, number, number)
            path.with_suffix(".draft").touch()
            path.with_suffix(".draft").rename(path)
            written.append(path)
        over.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    while not over.is_set():
        prune(tmp_path, keep_bytes=1 << 30, keep_seconds=3_600)
    writer.join()

    assert [path for path in written if not path.exists()] == []


def test_a_backlog_counts_as_kept_but_does_not_drive_everything_out(tmp_path: Path) -> None:
    for _ in range(8):
        store(tmp_path, log_request("pay", os.urandom(4_000).hex()).SerializeToString(), Dialect.OTLP_LOGS)
    files = [file for kind in Kind for file in stored_files(tmp_path, kind)]
    total = sum(file.size for file in files)
    (tmp_path / "wal" / "000000000099.wal").write_bytes(b"x" * 10 * total)

    prune(tmp_path, keep_bytes=total, keep_seconds=3_600)

    left = sum(file.size for kind in Kind for file in stored_files(tmp_path, kind))
    assert total // 2 < left <= total - total // 4

"""From acknowledgement to answer: the log, its segments, the files, and questions over them."""

import math
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from domain.errors import BadInput, OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery
from domain.ports.telemetry_intake import Crowded, Delivery, Dialect
from telemetry.columnar_files import stored_files
from telemetry.columnar_store import ColumnarStore
from telemetry.decoder import decode_one
from telemetry.housekeeping import merge_once, prune, superfluous
from telemetry.intake import DurableIntake
from telemetry.receivers.attribute_cache import AttributeCache
from telemetry.records import Kind
from telemetry.segments import broken_frames, store_segment
from telemetry.trusted_clock import TrustedClock
from telemetry.write_ahead import Frame, WriteAheadLog, next_number, read_segment
from tests.full_disk import files_end_at
from tests.telemetry.bodies import log_request, metric_request, now_ns, trace_request
from tests.waiting import until, wait_until


def frame(body: bytes, dialect: Dialect = Dialect.OTLP_LOGS, source: str = "col") -> Frame:
    return Frame(dialect, source, now_ns() // 1000, body)


def write(root: Path, *frames: Frame) -> list[BaseException | None]:
    told: list[BaseException | None] = []
    log = WriteAheadLog(root / "wal")
    for one in frames:
        log.append(one, told.append)
    log.close()
    return told


def store(root: Path, *frames: Frame) -> int:
    write(root, *frames)
    return sum(store_segment(path, root, AttributeCache()) for path in sorted((root / "wal").glob("*.wal")))


def window(minutes: int = 5, **more: object) -> EvidenceQuery:
    now = datetime.now(UTC)
    return EvidenceQuery(now - timedelta(minutes=minutes), now + timedelta(seconds=1), now, **more)  # type: ignore[arg-type]


def test_a_segment_that_can_not_be_sealed_is_sealed_later_and_what_follows_is_taken(tmp_path: Path) -> None:
    wal, told = tmp_path / "wal", list[BaseException | None]()
    log = WriteAheadLog(wal, seal_seconds=0.01)
    in_the_way = wal / "000000000001.wal"
    in_the_way.mkdir()

    log.append(frame(b"one"), told.append)
    wait_until(lambda: log._file is None and len(told) == 1)
    log.append(frame(b"two"), told.append)
    wait_until(lambda: len(told) == 2)
    in_the_way.rmdir()
    wait_until(lambda: len(list(wal.glob("*.wal"))) == 2)
    log.close()

    assert told == [None, None]
    bodies = [one.body for path in sorted(wal.glob("*.wal")) for one in read_segment(path)]
    assert bodies == [b"one", b"two"]


def test_what_was_pushed_is_found_by_time_service_and_kind(tmp_path: Path) -> None:
    count = store(
        tmp_path,
        frame(log_request("pay", "disk full").SerializeToString()),
        frame(log_request("cart", "all well", severity=9).SerializeToString()),
        frame(trace_request("pay", count=2).SerializeToString(), Dialect.OTLP_TRACES),
        frame(metric_request("pay").SerializeToString(), Dialect.OTLP_METRICS),
    )

    everything = ColumnarStore(tmp_path).fetch(window()).telemetry
    of_pay = ColumnarStore(tmp_path).fetch(window(services=("pay",))).telemetry

    assert count == 2 + 2 + 7
    assert sorted(everything.logs.message) == ["all well", "disk full"]
    assert list(of_pay.logs.message) == ["disk full"]
    assert list(of_pay.logs.level) == ["error"]
    assert list(of_pay.spans.parent) == ["-1", "01" * 8]
    assert ("pay", "queue.depth") in of_pay.metrics.series


def test_an_empty_store_answers_with_what_is_missing(tmp_path: Path) -> None:
    answer = ColumnarStore(tmp_path / "nothing").fetch(window())

    assert answer.missing == (
        "no metrics were pushed for this window",
        "no spans were pushed for this window",
        "no log lines were pushed for this window",
    )


def test_too_much_is_cut_and_what_is_worst_is_kept(tmp_path: Path) -> None:
    frames = [frame(log_request("pay", f"fine {n}", severity=9).SerializeToString()) for n in range(30)]
    store(tmp_path, *frames, frame(log_request("pay", "it broke").SerializeToString()))

    answer = ColumnarStore(tmp_path).fetch(window(most_rows=10))

    assert len(answer.telemetry.logs) == 10
    assert "it broke" in answer.telemetry.logs.message
    assert any("21 of 31 log lines" in said for said in answer.missing)


def test_a_flood_from_one_service_does_not_hide_the_lines_of_another(tmp_path: Path) -> None:
    def lines(service: str, count: int, level: str) -> bytes:
        told = [
            {"date": time.time(), "service": service, "level": level, "message": f"line {number}"}
            for number in range(count)
        ]
        return orjson.dumps(told)

    flood = frame(lines("loud", 4_000, "error"), Dialect.FLUENT_BIT)
    calm = frame(lines("loud", 4_000, "info"), Dialect.FLUENT_BIT)
    store(tmp_path, flood, calm, frame(lines("ledger", 20, "info"), Dialect.FLUENT_BIT))

    answer = ColumnarStore(tmp_path).fetch(window(most_rows=400))
    logs = answer.telemetry.logs

    assert len(logs) == 400
    assert len(set(zip(logs.service, logs.level, logs.message, strict=True))) == 400
    assert logs.service.count("ledger") == 20
    assert logs.level.count("error") == 285
    assert (
        "7,620 of 8,020 log lines of the window were left out: too many;"
        " kept: 1 quiet service whole, 7.1% of warnings and errors, 2.4% of the rest"
    ) in answer.missing


def test_what_a_noisy_service_seldom_says_is_found_among_its_errors(tmp_path: Path) -> None:
    noise = [f"Cache miss for key {number}, retried" for number in range(4_000)]
    said = [f"Ledger entry {number} not written" for number in range(7)]
    told = [
        {"date": time.time(), "service": "pay", "level": "error", "message": text} for text in noise + said
    ]
    store(tmp_path, frame(orjson.dumps(told), Dialect.FLUENT_BIT))

    answer = ColumnarStore(tmp_path).fetch(window(most_rows=400))

    found = answer.telemetry.logs.message
    assert sum(text.startswith("Ledger") for text in found) == 7
    assert len(found) == len(set(found)) == 400


def test_of_too_many_spans_whole_traces_are_kept(tmp_path: Path) -> None:
    requests = []
    for number in range(60):
        request = trace_request("pay", count=5)
        for span in request.resource_spans[0].scope_spans[0].spans:
            span.trace_id = number.to_bytes(16, "big")
        requests.append(frame(request.SerializeToString(), Dialect.OTLP_TRACES))
    store(tmp_path, *requests)

    spans = ColumnarStore(tmp_path).fetch(window(most_rows=50)).telemetry.spans

    assert len(spans) == 50
    sizes = Counter(spans.trace)
    assert sorted(sizes.values())[1:] == [5] * (len(sizes) - 1)


def test_a_torn_tail_ends_the_segment_and_loses_nothing_before_it(tmp_path: Path) -> None:
    told = write(tmp_path, frame(b"one"), frame(b"two"))
    segment = next((tmp_path / "wal").glob("*.wal"))
    whole = segment.read_bytes()

    for cut in range(1, 40):
        segment.write_bytes(whole[:-cut])
        assert [one.body for one in read_segment(segment)] == [b"one"]

    assert told == [None, None]


def test_a_segment_that_a_crash_left_open_is_read_after_the_start(tmp_path: Path) -> None:
    write(tmp_path, frame(log_request("pay", "before the crash").SerializeToString()))
    sealed = next((tmp_path / "wal").glob("*.wal"))
    sealed.rename(sealed.with_suffix(".open"))

    store(tmp_path, frame(log_request("pay", "after it").SerializeToString()))

    found = ColumnarStore(tmp_path).fetch(window()).telemetry.logs.message
    assert sorted(found) == ["after it", "before the crash"]


def test_decoding_a_segment_again_after_a_crash_doubles_nothing(tmp_path: Path) -> None:
    write(tmp_path, frame(log_request("pay", "once").SerializeToString()))
    segment = next((tmp_path / "wal").glob("*.wal"))
    kept = segment.read_bytes()
    store_segment(segment, tmp_path, AttributeCache())
    segment.write_bytes(kept)

    store_segment(segment, tmp_path, AttributeCache())

    assert list(ColumnarStore(tmp_path).fetch(window()).telemetry.logs.message) == ["once"]


def test_a_number_is_never_given_to_two_segments(tmp_path: Path) -> None:
    for _ in range(3):
        store(tmp_path, frame(log_request("pay", "x").SerializeToString()))
        shutil.rmtree(tmp_path / "logs")

    lows = [file.low for file in stored_files(tmp_path, Kind.ARRIVALS)]
    assert len(set(lows)) == 3


def test_a_delivery_that_kills_its_decoder_is_put_aside_and_those_beside_it_are_stored(
    tmp_path: Path,
) -> None:
    bodies = [log_request("pay", text).SerializeToString() for text in ("before", "deadly", "after")]
    write(tmp_path, *map(frame, bodies))
    segment = next((tmp_path / "wal").glob("*.wal"))
    segment.with_suffix(".tries").write_text("3")
    segment.with_suffix(".marks").write_text("1")

    decode_one(segment, tmp_path, AttributeCache())

    store = ColumnarStore(tmp_path)
    assert sorted(store.fetch(window()).telemetry.logs.message) == ["after", "before"]
    assert [one.reason for one in store.refused(window().begin, window().end)] == ["breaks the reader"]
    assert [one.body for one in read_segment(tmp_path / "aside" / segment.name)] == [bodies[1]]
    assert list((tmp_path / "wal").iterdir()) == []


def test_what_a_power_cut_leaves_of_our_marks_stops_nothing(tmp_path: Path) -> None:
    zeros = b"\x00" * 16
    write(tmp_path, frame(log_request("pay", "x").SerializeToString()))
    segment = next((tmp_path / "wal").glob("*.wal"))
    for suffix in (".tries", ".marks"):
        segment.with_suffix(suffix).write_bytes(zeros)
    (tmp_path / "last-segment").write_bytes(zeros)

    assert broken_frames(segment, segment.with_suffix(".marks"), AttributeCache()) == frozenset()
    assert decode_one(segment, tmp_path, AttributeCache()) > 0
    assert list((tmp_path / "wal").iterdir()) == []
    assert next_number(tmp_path) > int(segment.stem)


def test_a_segment_that_kills_its_decoder_all_the_same_is_put_aside(tmp_path: Path) -> None:
    write(tmp_path, frame(log_request("pay", "x").SerializeToString()))
    segment = next((tmp_path / "wal").glob("*.wal"))
    segment.with_suffix(".tries").write_text("50")

    decode_one(segment, tmp_path, AttributeCache())

    assert [path.name for path in (tmp_path / "aside").iterdir()] == [segment.name]
    assert list((tmp_path / "wal").iterdir()) == []


def test_merging_keeps_every_record_and_a_merge_cut_short_is_not_read_twice(tmp_path: Path) -> None:
    for number in range(26):
        store(tmp_path, frame(log_request("pay", f"line {number}").SerializeToString()))
    before = {file.path: file.path.read_bytes() for file in stored_files(tmp_path, Kind.LOGS)}

    merged = merge_once(tmp_path, Kind.LOGS)
    for path, content in list(before.items())[:5]:
        path.write_bytes(content)

    assert merged is not None
    found = ColumnarStore(tmp_path).fetch(window()).telemetry.logs.message
    assert sorted(found) == sorted(f"line {number}" for number in range(26))
    prune(tmp_path, keep_bytes=1 << 30, keep_seconds=3_600)
    assert len(list((tmp_path / "logs").iterdir())) == 1


def test_files_that_wait_in_the_log_are_not_merged(tmp_path: Path) -> None:
    for number in range(26):
        store(tmp_path, frame(log_request("pay", f"line {number}").SerializeToString()))
    (tmp_path / "wal" / "000000000001.wal").write_bytes(b"")

    assert merge_once(tmp_path, Kind.LOGS) is None


def test_retention_deletes_the_oldest_and_what_is_too_much(tmp_path: Path) -> None:
    for _ in range(4):
        store(tmp_path, frame(log_request("pay", "x" * 1000).SerializeToString()))
    files = stored_files(tmp_path, Kind.LOGS) + stored_files(tmp_path, Kind.ARRIVALS)
    total = sum(file.size for file in files)

    old = list(superfluous(tmp_path, keep_bytes=1 << 30, keep_seconds=60, now=time.time() + 3_600))
    some = list(superfluous(tmp_path, keep_bytes=total - 1, keep_seconds=60, now=time.time()))
    none = list(superfluous(tmp_path, keep_bytes=total, keep_seconds=60, now=time.time()))

    assert (len(old), len(some), none) == (len(files), 1, [])


def test_a_question_survives_the_files_being_merged_under_it(tmp_path: Path) -> None:
    for number in range(24):
        store(tmp_path, frame(log_request("pay", f"line {number}").SerializeToString()))
    reader, over = ColumnarStore(tmp_path), threading.Event()
    merging = threading.Thread(target=lambda: (merge_once(tmp_path, Kind.LOGS), over.set()))

    merging.start()
    counts = set()
    while not over.is_set() or not counts:
        counts.add(len(reader.fetch(window()).telemetry.logs))
    merging.join()

    assert counts == {24}


def test_a_write_that_fails_is_told_and_leaves_no_half_frame(tmp_path: Path) -> None:
    log = WriteAheadLog(tmp_path / "wal")
    told: list[BaseException | None] = []
    done = threading.Event()

    def settle(trouble: BaseException | None) -> None:
        told.append(trouble)
        done.set()

    with files_end_at(10):
        log.append(frame(b"lost"), settle)
        assert done.wait(10)
    log.append(frame(b"kept"), settle)
    log.close()

    assert isinstance(told[0], OutsideTrouble)
    assert told[1] is None
    found = [one.body for path in (tmp_path / "wal").glob("*.wal") for one in read_segment(path)]
    assert found == [b"kept"]


def _decoding(root: Path, *, file_bytes: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "telemetry.decoder", str(root), str(os.getpid())],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes)),
    )


@pytest.mark.proves("E13")
def test_a_disk_that_takes_nothing_is_no_fault_of_what_waits_for_it(tmp_path: Path) -> None:
    write(tmp_path, frame(log_request("pay", "disk full").SerializeToString()))
    (segment,) = (tmp_path / "wal").glob("*.wal")

    with _decoding(tmp_path, file_bytes=200) as sick:
        assert sick.stderr is not None
        told = [sick.stderr.readline() for _ in range(4)]
        sick.terminate()
    waits = (segment.exists(), segment.with_suffix(".tries").exists())
    with _decoding(tmp_path, file_bytes=1 << 30) as well:
        wait_until(lambda: not segment.exists())
        well.terminate()

    assert all("wait until they can be written" in line for line in told)
    assert waits == (True, False)
    assert ColumnarStore(tmp_path).fetch(window()).telemetry.logs.message == ["disk full"]


async def test_senders_wait_when_too_much_waits_to_be_decoded(tmp_path: Path) -> None:
    intake = DurableIntake(tmp_path, most_waiting=10)
    body = log_request("pay", "x").SerializeToString()

    async def refused() -> Crowded | None:  # it looks twice a second at how much waits
        try:
            await intake.take(Delivery(Dialect.OTLP_LOGS, "col", body))
        except Crowded as refusal:
            return refusal
        return None

    refusal = await until(refused)
    intake.close()

    assert refusal is not None
    assert refusal.retry_after_seconds > 0
    assert intake.refused_deliveries == 1
    assert intake.backlog()[0] > len(body)


@pytest.mark.proves("E13")
async def test_a_full_disk_is_a_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    intake = DurableIntake(tmp_path, least_free=1 << 60)

    with pytest.raises(Crowded) as refusal:
        await intake.take(Delivery(Dialect.EVENTS, "col", b"[]"))
    intake.close()

    assert "free on the disk" in refusal.value.say
    assert list((tmp_path / "wal").iterdir()) == []


async def test_of_an_unreadable_body_only_the_refusal_is_written(tmp_path: Path) -> None:
    intake = DurableIntake(tmp_path)

    with pytest.raises(BadInput):
        await intake.take(Delivery(Dialect.OTLP_TRACES, "col", b"\xff\xff"))
    intake.close()

    written = [one for path in (tmp_path / "wal").iterdir() for one in read_segment(path)]
    assert [(one.dialect, one.source) for one in written] == [(Dialect.REFUSED, "col")]


def test_calls_are_spans_whose_parent_belongs_to_another_service(tmp_path: Path) -> None:
    caller = trace_request("cart", count=1)
    callee = trace_request("pay", count=2)
    del callee.resource_spans[0].scope_spans[0].spans[0]
    store(
        tmp_path,
        frame(caller.SerializeToString(), Dialect.OTLP_TRACES),
        frame(callee.SerializeToString(), Dialect.OTLP_TRACES),
    )

    calls = ColumnarStore(tmp_path).calls(window().begin, window().end)

    assert [(one.caller, one.callee, one.calls) for one in calls] == [("cart", "pay", 1)]


def test_refused_records_are_kept_and_lower_the_sources_score(tmp_path: Path) -> None:
    day = 86_400 * 10**9
    late = log_request("pay", "late", at_ns=now_ns() - 3_600 * 10**9)
    store(
        tmp_path,
        frame(log_request("pay", "x", at_ns=now_ns() + day).SerializeToString(), source="bad"),
        frame(late.SerializeToString(), source="bad"),
        frame(log_request("pay", "x").SerializeToString(), source="good"),
    )
    reader, begin, end = ColumnarStore(tmp_path), window(120).begin, window().end

    worst, best = reader.health(begin, end)
    refused = reader.refused(begin, end)

    assert (worst.source, worst.refused, worst.late_share) == ("bad", 1, 1.0)
    assert worst.score < best.score == 100.0
    assert "1 of 2 records was refused" in worst.reasons
    assert [(one.source, one.reason) for one in refused] == [("bad", "dated in the future")]


def test_counters_become_rates_and_a_reset_is_not_a_fall(tmp_path: Path) -> None:
    start = now_ns() - 200 * 10**9
    frames = []
    for step, value in enumerate((100.0, 160.0, 30.0, 90.0)):
        request = metric_request("pay", start + step * 60 * 10**9)
        request.resource_metrics[0].scope_metrics[0].metrics[1].sum.data_points[0].as_double = value
        frames.append(frame(request.SerializeToString(), Dialect.OTLP_METRICS))
    store(tmp_path, *frames)

    series = ColumnarStore(tmp_path).fetch(window(5, step_seconds=60)).telemetry.metrics.series

    rates = [round(value, 3) for value in series[("pay", "requests")] if math.isfinite(value)]
    assert rates == [1.0, 0.5, 1.0]
    assert not any(metric.endswith("_bucket") for _, metric in series)


def test_a_clock_that_leaps_ahead_deletes_nothing_for_an_hour() -> None:
    wall, steady = [1_000_000.0], [50.0]
    clock = TrustedClock(lambda: wall[0], lambda: steady[0])

    def later(seconds: float, *, leaps: float = 0.0) -> float:
        wall[0] += seconds + leaps
        steady[0] += seconds
        return clock.now()

    assert later(10) == 1_000_010.0
    assert later(10, leaps=864_000) == 1_000_020.0, "ten days ahead at once"
    assert later(1_800) == 1_001_820.0
    assert later(10, leaps=-864_000) == 1_001_830.0 == wall[0], "it was wrong, and is right again"
    later(10, leaps=864_000)
    assert later(3_700) == wall[0], "whoever means it is believed after an hour"
    assert later(10, leaps=-7_200) == wall[0]

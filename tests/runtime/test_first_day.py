"""History of a first day in each form that people have: what is learned, what is refused and why."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.configuration.changes import FeedEntry
from domain.errors import BadInput
from domain.ids import FeedName
from runtime.settings.house import Settings
from runtime.wiring.history_import import HistoryImport
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.watch_errands import EngineErrands

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return open_stores(Settings(data_dir=tmp_path / "data"))


def _import(stores: Stores, path: Path) -> str:
    settings = Settings(data_dir=path.parent / "data")
    return EngineErrands(settings, stores).import_runs(path, path.name, NOW).sentence


def _days(count: int) -> list[tuple[datetime, datetime]]:
    first = NOW.replace(hour=6) - timedelta(days=count)
    begins = [first + timedelta(days=day) for day in range(count)]
    return [(begin, begin + timedelta(minutes=12)) for begin in begins]


def test_openlineage_files_bring_runs_and_who_reads_whose_data(stores: Stores, tmp_path: Path) -> None:
    lines = []
    for number, (begin, end) in enumerate(_days(10)):
        for job, reads, writes in (
            ("raw_trades", [], ["lake.raw"]),
            ("gold_trades", ["lake.raw"], ["lake.gold"]),
        ):
            for kind, at in (("START", begin), ("COMPLETE", end)):
                event = {
                    "eventType": kind,
                    "eventTime": at.isoformat(),
                    "run": {"runId": f"{job}-{number}"},
                    "job": {"namespace": "etl", "name": job},
                    "inputs": [{"namespace": "s3", "name": name} for name in reads],
                    "outputs": [{"namespace": "s3", "name": name} for name in writes],
                }
                lines.append(json.dumps(event))
    (tmp_path / "events.jsonl").write_text("\n".join([*lines, '{"eventType": "STA']))

    told = _import(stores, tmp_path / "events.jsonl")

    assert "20 runs of 2 feeds" in told
    assert "2 daily" in told
    assert "1 reads what others write" in told
    assert "Refused: 1 not readable" in told
    with stores.transactions.reading() as uow:
        watched = {one.feed.name: one.feed for one in uow.watched.every()}
    assert watched[FeedName("gold_trades")].upstreams == ("raw_trades",)


def test_airflow_pages_and_an_export_of_its_table_are_read(stores: Stores, tmp_path: Path) -> None:
    runs = [
        {
            "dag_id": "trades",
            "dag_run_id": f"scheduled__{begin.isoformat()}",
            "state": "failed" if number == 3 else "success",
            "logical_date": (begin - timedelta(days=1)).isoformat(),
            "data_interval_end": begin.isoformat(),
            "start_date": begin.isoformat(),
            "end_date": end.isoformat(),
        }
        for number, (begin, end) in enumerate(_days(12))
    ]
    (tmp_path / "page.json").write_text(json.dumps({"dag_runs": runs[:8], "total_entries": 12}))
    head = "dag_id,run_id,state,execution_date,start_date,end_date"
    rows = [
        f"trades,{run['dag_run_id']},{run['state']},{run['logical_date']},{run['start_date']},{run['end_date']}"
        for run in runs
    ]
    (tmp_path / "dag_run.csv").write_text("\n".join([head, *rows]))

    first = _import(stores, tmp_path / "page.json")
    second = _import(stores, tmp_path / "dag_run.csv")

    assert "8 runs of 1 feed " in first
    assert "1 of them in trouble" in first
    assert "12 runs of 1 feed " in second
    assert "4 were new" in second


def test_dbt_results_bring_a_run_for_each_node(stores: Stores, tmp_path: Path) -> None:
    begin, end = _days(1)[0]
    timing = [{"name": "execute", "started_at": begin.isoformat(), "completed_at": end.isoformat()}]
    results = [
        {"unique_id": f"model.shop.{name}", "status": status, "timing": timing}
        for name, status in (("orders", "success"), ("customers", "error"))
    ]
    document = {
        "metadata": {"invocation_id": "i1", "generated_at": end.isoformat()},
        "results": results,
    }
    (tmp_path / "run_results.json").write_text(json.dumps(document))

    told = _import(stores, tmp_path / "run_results.json")

    assert "2 runs of 2 feeds" in told
    assert "2 have too few runs" in told


def test_a_run_told_twice_across_pieces_is_completed_and_counted_once(stores: Stores, tmp_path: Path) -> None:
    begin, end = _days(1)[0]
    rows = [
        f"fx,r1,running,{begin.isoformat()},",
        f"fx,r2,ok,{begin.isoformat()},{end.isoformat()}",
        f"fx,r1,failed,,{end.isoformat()}",
        f"fx,r2,ok,{begin.isoformat()},{end.isoformat()}",
    ]
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(["feed,run_id,status,started_at,finished_at", *rows]))

    told = HistoryImport(stores, NOW, piece_rows=2).take(path, path.name).sentence

    with stores.transactions.reading() as uow:
        runs = {run.run: run for run in uow.runs.of_feed("fx", 5)}
    assert "2 runs of 1 feed " in told
    assert (runs["r1"].outcome.value, runs["r1"].started_at) == ("failed", begin)  # type: ignore[index]


def test_a_configured_calendar_is_not_replaced_by_what_runs_show(stores: Stores, tmp_path: Path) -> None:
    entry = FeedEntry(name="fx", owner="desk", schedule="30 7 * * 1-5 Europe/Zurich", updated_at=NOW)
    with stores.transactions.writing() as uow:
        uow.feeds.save(entry)
    rows = [f"fx,r{n},ok,{begin.isoformat()},{end.isoformat()}" for n, (begin, end) in enumerate(_days(20))]
    (tmp_path / "runs.csv").write_text("\n".join(["feed,run_id,status,started_at,finished_at", *rows]))

    _import(stores, tmp_path / "runs.csv")

    with stores.transactions.reading() as uow:
        fx = uow.watched.every()[0].feed
        changes = uow.watched.schedule_changes(NOW - timedelta(days=1))
    assert (fx.schedule.at_minute, fx.schedule.zone, fx.team) == (450, "Europe/Zurich", "desk")
    assert changes == {}


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-16"), ("\t", "cp1252"), ("|", "utf-8-sig")])
def test_a_table_of_any_delimiter_and_encoding_is_read(
    stores: Stores, tmp_path: Path, delimiter: str, encoding: str
) -> None:
    rows = [("Feed", "Run ID", "Status", "Start Time", "End Time")]
    rows += [("Börse", str(n), "done", str(begin), str(end)) for n, (begin, end) in enumerate(_days(8))]
    (tmp_path / "runs.csv").write_bytes("\n".join(delimiter.join(row) for row in rows).encode(encoding))

    assert "8 runs of 1 feed from 2026-11-14 to 2026-11-21" in _import(stores, tmp_path / "runs.csv")


def test_a_table_that_holds_no_runs_says_which_columns_are_missing(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("day;price\n2026-11-01;2,5\n")
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and then nothing")

    with pytest.raises(BadInput) as no_columns:
        _import(stores, tmp_path / "prices.csv")
    with pytest.raises(BadInput) as no_parquet:
        _import(stores, tmp_path / "cut.parquet")

    assert (
        "no column for the feed, the run, the state and the start or end. The columns are: day, price."
        in no_columns.value.say
    )
    assert "no Parquet file" in no_parquet.value.say


def test_a_history_of_which_nothing_can_be_taken_promises_nothing(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("feed,run,state,started_at\nfx,1,exploded,2026-03-01\n")

    told = _import(stores, tmp_path / "runs.csv")

    assert told == "No run could be taken. Refused: 1 state not known (state 'exploded' is not known)."

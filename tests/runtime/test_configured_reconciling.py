"""A feed's configuration says what is compared; what is lacking is said in words, passwords come by name."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from config_gen.documents import dump
from domain.configuration.changes import FeedEntry
from domain.errors import BadInput, NotAllowed, NotFound
from domain.ids import FeedName
from domain.watch.feed_health import ReconciliationPoint
from runtime.doctor.examination import examine
from runtime.settings.house import Settings
from runtime.wiring.comparing.comparables import KnownTables
from runtime.wiring.comparing.configured_files import ConfiguredFiles
from runtime.wiring.comparing.configured_tables import comparable_of
from runtime.wiring.comparing.database_doors import DatabaseDoors
from runtime.wiring.comparing.source_folders import SourceFolders
from runtime.wiring.stores import Stores, open_stores
from runtime.wiring.watch_errands import EngineErrands
from tests.config_gen.builders import JO, a_change, a_config
from tests.counterparts.postgres import create_database, postgres_server

FEED = FeedName("fx_trades")
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
DAY = "2026-11-22"
CHECKS = [
    {"id": "rows_file_to_bronze", "compares": "row_count", "source": "file"},
    {"id": "amounts", "compares": "control_total", "source": "file", "columns": ["amount"],
     "tolerance": "0.005"},
]  # fmt: skip
LAKE = {"lakehouse": {"url": "postgresql://reader@127.0.0.1:1/lake"}}


@pytest.fixture(scope="module")
def lake() -> Iterator[str]:
    """Keep a lake whose bronze table lost five rows of a day and rounded nothing but one amount."""
    with postgres_server() as address:
        url = create_database(address, "lake").replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE SCHEMA fx_bronze")
            connection.execute(
                "CREATE TABLE fx_bronze.fx_trades (trade_id text, amount numeric, trade_date date)"
            )
            connection.execute(
                "INSERT INTO fx_bronze.fx_trades SELECT 'T' || n, n + 0.25, %s FROM generate_series(1, 95) n",
                (DAY,),
            )
            connection.execute("UPDATE fx_bronze.fx_trades SET amount = 7 WHERE trade_id = 'T7'")
        yield url


def _source(folder: Path) -> dict[str, str]:
    return {"kind": "directory", "system": "deals", "location": str(folder), "file_pattern": "fx_*.csv"}


def _merge(stores: Stores, folder: Path, **more: Any) -> None:
    given = {
        "source": _source(folder),
        "reconciliation": {"checks": CHECKS},
        "watermark": {"column": "trade_date"},
    }
    change = a_change(content=dump(a_config(**(given | more))))
    review = stores.host.open_review(change)
    merged = stores.host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)
    with stores.transactions.writing() as uow:
        uow.feeds.save(FeedEntry(name=FEED, commit=str(merged), updated_at=NOW))


def _compared(stores: Stores, tmp_path: Path, url: str) -> ReconciliationPoint:
    watch = {"databases": {"lakehouse": {"url": url}}}
    settings = Settings(data_dir=tmp_path / "data", watch=watch)
    assert [one.lacks for one in KnownTables(settings, stores).every()] == [""]
    return EngineErrands(settings, stores).reconcile(FEED, DAY, NOW)


def test_the_files_of_the_configured_folder_are_compared_with_the_configured_table(
    lake: str, tmp_path: Path
) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    _merge(stores, tmp_path)
    rows = [f"T{n},{n}.25,22.11.2026" for n in range(1, 101)]
    (tmp_path / "fx_20261122.csv").write_text("\n".join(["Trade Id,Amount,Date", *rows]))
    (tmp_path / "fx_20261121.csv").write_text("Trade Id,Amount,Date\nT1,1.25,21.11.2026\n")

    found = _compared(stores, tmp_path, lake)

    assert {(one.kind, one.column): one.rows for one in found.mismatches} == {
        ("missing rows", ""): 5,
        ("changed values", "amount"): 1,
    }
    assert (found.source_rows, found.target_rows) == (100, 95)


def test_a_day_without_a_file_is_said_in_words(lake: str, tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    _merge(stores, tmp_path)

    with pytest.raises(NotFound, match="no file of fx_trades for 2026-11-22"):
        _compared(stores, tmp_path, lake)


@pytest.mark.proves("F1")
def test_a_link_that_leads_out_of_the_folder_is_none_of_its_files(tmp_path: Path) -> None:
    """Whoever may drop files, such as an upstream by SFTP, may often make links as well."""
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    landing, beside = tmp_path / "landing", tmp_path / "beside.csv"
    landing.mkdir()
    beside.write_text("Trade Id,Amount,Date\nT1,1.25,22.11.2026\n")
    (landing / "fx_20261122.csv").symlink_to(beside)
    (landing / "fx_20261121.csv").write_text(beside.read_text())
    (landing / "fx_20261120.csv").symlink_to("fx_20261121.csv")
    folders = SourceFolders(Settings(data_dir=tmp_path / "data"))
    found = ConfiguredFiles(a_config(source=_source(landing)), stores, folders).of_folder()

    assert [file.name for file in found] == ["fx_20261120.csv", "fx_20261121.csv"]


@pytest.mark.proves("G3", "S5")
@pytest.mark.parametrize("place", ["data", "data/credentials", "data/runner/credentials", "kept"])
def test_a_configuration_that_names_a_folder_of_the_house_has_nothing_of_it_read(
    tmp_path: Path, place: str
) -> None:
    watch = {"credentials_folder": str(tmp_path / "kept")}
    settings = Settings(data_dir=tmp_path / "data", watch=watch)
    stores = open_stores(settings)
    folder = tmp_path / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fx_20261122.csv").write_text("Trade Id,Amount,Date\nhunter2,1.25,22.11.2026\n")
    (tmp_path / "linked").symlink_to(folder)

    for named in (folder, tmp_path / "linked", tmp_path / "data" / ".." / place):
        _declaring(stores, named)
        (known,) = KnownTables(settings, stores).every() or [KnownTables(settings, stores).of(FEED)]
        assert "that folder is mine alone" in known.lacks
        config = a_config(source=_source(named))
        with pytest.raises(NotAllowed):
            list(ConfiguredFiles(config, stores, SourceFolders(settings)).of_folder())
        with pytest.raises(NotFound, match="no tables"):
            EngineErrands(settings, stores).reconcile(FEED, DAY, NOW)


@pytest.mark.parametrize(
    ("folder", "listed", "is_read"),
    [
        ("/srv/landing/fx", (), True),
        ("/home/etl/out", (), True),
        ("/mnt/etc/in", (), True),
        ("/home/etl/.ssh", (), False),
        ("/etc/app", (), False),
        ("/srv/landing/../../etc", (), False),
        ("/proc/self", (), False),
        ("/run/secrets", (), False),
        ("/run/mounts/in", ("/run/mounts",), True),
        ("/srv/landing", ("/srv/landing",), True),
        ("/srv/landing-of-others", ("/srv/landing",), False),
        ("/srv/landing/../payroll", ("/srv/landing",), False),
    ],
)
def test_which_folders_a_configuration_may_name(
    tmp_path: Path, folder: str, listed: tuple[str, ...], is_read: bool
) -> None:
    settings = Settings(data_dir=tmp_path / "data", watch={"source_folders": listed})

    assert (SourceFolders(settings).objection_to(folder) == "") is is_read


def test_a_folder_that_can_be_none_lets_the_other_feeds_be_compared(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    settings = Settings(data_dir=tmp_path / "data", watch={"databases": LAKE})
    stores = open_stores(settings)
    _merge(stores, tmp_path / "one")

    (known,) = KnownTables(settings, stores).every()

    assert "that is no folder" in known.lacks
    assert r"'fx\x00': that is no folder" in SourceFolders(settings).objection_to("fx\0")


def test_a_folder_of_the_system_that_is_a_link_is_refused_where_it_leads_to_as_well(
    tmp_path: Path,
) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "etc").symlink_to("private")
    folders = SourceFolders(Settings(data_dir=tmp_path / "data"), system=(str(tmp_path / "etc"),))

    for name in ("etc", "private", "private/ssl"):
        assert "the system's own" in folders.objection_to(str(tmp_path / name))


@pytest.mark.proves("K1")
@pytest.mark.parametrize(
    ("given", "named", "sent"),
    [("secret://deals", "", "secret://deals"), ("secret://deals", "secret://ldap", "secret://deals")],
)
def test_a_configuration_chooses_no_password_that_is_sent_to_a_server(
    given: str, named: str, sent: str
) -> None:
    source = {"kind": "database", "system": "deals", "location": "public.trades"}
    config = a_config(
        source=source | ({"credential": named} if named else {}),
        reconciliation={"checks": [{"id": "rows", "compares": "row_count", "source": "query"}]},
    )
    databases = LAKE | {"deals": {"url": "postgresql://reader@127.0.0.1:1/deals", "credential": given}}

    assert comparable_of(config, databases).tables["source_credential"] == sent


def test_a_password_that_a_configuration_names_and_nobody_gave_is_said_in_words() -> None:
    source = {"kind": "database", "system": "deals", "location": "public.trades"}
    checks = {"checks": [{"id": "rows", "compares": "row_count", "source": "query"}]}
    config = a_config(source=source | {"credential": "secret://ldap"}, reconciliation=checks)
    databases = LAKE | {"deals": {"url": "postgresql://reader@127.0.0.1:1/deals"}}

    lacks = comparable_of(config, databases).lacks

    assert "names the credential secret://ldap, which nobody gave to deals" in lacks
    assert "watch.databases.deals.credential" in lacks


def test_what_a_configuration_lacks_is_said_in_words(tmp_path: Path) -> None:
    told = {"reconciliation": {"checks": CHECKS}}
    by_trailer = {"checks": [{"id": "rows", "compares": "row_count", "source": "trailer"}]}
    lake = {"url": "postgresql://reader@127.0.0.1:1/lake"}

    def lacks(databases: dict[str, dict[str, str]], **more: Any) -> str:
        return comparable_of(a_config(**(told | more)), databases).lacks

    assert "no address of lakehouse. Set watch.databases.lakehouse" in lacks({})
    assert "names no key" in lacks({"lakehouse": lake}, keys={}, load={"mode": "append"})
    assert "names no trailer_rows" in lacks({"lakehouse": lake}, reconciliation=by_trailer)
    assert "names no check" in lacks({"lakehouse": lake}, reconciliation={})
    assert lacks({"lakehouse": lake}) == ""
    settings = Settings(data_dir=tmp_path / "data", watch={"databases": {"lakehouse": lake}})
    stores = open_stores(settings)
    assert "I don't know which tables" in KnownTables(settings, stores).of("no_such_feed").lacks
    _merge(stores, tmp_path / "nowhere")
    assert "I see no files of fx_trades" in KnownTables(settings, stores).of(FEED).lacks


def test_the_tolerance_of_a_configuration_and_its_layers_are_taken_over() -> None:
    target = {name: {"database": f"fx_{name}", "table": "trades"} for name in ("bronze", "silver")}
    check = {"id": "rows", "compares": "key_difference", "source": "previous_layer", "layer": "silver",
             "columns": ["amount"], "tolerance": "0.01", "tolerance_per_mille": 2}  # fmt: skip

    found = comparable_of(a_config(target=target, reconciliation={"checks": [check]}), LAKE)

    assert found.lacks == ""
    assert (found.tables["source_table"], found.tables["target_table"]) == (
        "fx_bronze.trades",
        "fx_silver.trades",
    )
    assert (found.tables["tolerance"], found.tables["tolerated_per_mille"]) == ("amount=0.01", "2")


@pytest.mark.parametrize(
    "url",
    ["postgresql://reader:hunter2@lake/gold", "postgresql://reader@lake/gold?password=hunter2"],
)
def test_a_password_in_a_setting_is_refused_without_repeating_it(url: str) -> None:
    for watch in ({"reconciliations": {"fx": {"source_url": url}}}, {"databases": {"lake": {"url": url}}}):
        with pytest.raises(BadInput) as refused:
            Settings(watch=watch)
        assert "holds a password" in refused.value.sentence()
        assert "secret://NAME" in refused.value.sentence()
        assert "hunter2" not in refused.value.sentence() + str(refused.value)


def test_a_password_comes_by_name_from_a_file_that_nobody_else_may_read(tmp_path: Path) -> None:
    url = "postgresql://127.0.0.1:1/lake"
    doors = DatabaseDoors(Settings(data_dir=tmp_path))
    file = tmp_path / "credentials" / "lake"
    file.parent.mkdir()
    file.write_text(json.dumps({"user": "reader", "secret": "hunter2"}))

    file.chmod(0o644)
    assert "others may read its file" in doors.lacks(url, "secret://lake")
    file.chmod(0o600)
    assert doors.lacks(url, "secret://lake") == ""
    assert "it can't be opened" in doors.lacks(url, "secret://other")
    assert "none that I can fetch" in doors.lacks(url, "vault://lake")
    by_name = Settings(data_dir=tmp_path, watch={"credentials": {"other": SecretStr("hunter2")}})
    assert DatabaseDoors(by_name).lacks(url, "secret://other") == ""


def test_a_password_comes_from_a_variable_of_the_environment_only_when_an_operator_listed_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "postgresql://127.0.0.1:1/lake"
    monkeypatch.setenv("LAKE_PASSWORD", "hunter2")
    listed = Settings(watch={"credential_variables": ["LAKE_PASSWORD", "EMPTY", "DOGWATCH_SLACK__BOT_TOKEN"]})
    doors = DatabaseDoors(listed)

    assert doors.lacks(url, "env://LAKE_PASSWORD") == ""
    assert "no operator listed it" in DatabaseDoors(Settings()).lacks(url, "env://LAKE_PASSWORD")
    assert "no operator listed it" in doors.lacks(url, "env://DOGWATCH_SLACK__BOT_TOKEN")
    assert "EMPTY is not set" in doors.lacks(url, "env://EMPTY")


def test_a_database_on_another_machine_is_not_asked_in_clear_text() -> None:
    url = "postgresql://reader@lake.example.org/gold"
    ours = Settings(private_hosts=("lake.example.org",))

    assert "asks for no encryption" in DatabaseDoors(Settings()).lacks(url, "")
    assert DatabaseDoors(Settings()).lacks(f"{url}?sslmode=verify-full", "") == ""
    assert DatabaseDoors(ours).lacks(url, "") == ""
    assert "can't be read" in DatabaseDoors(ours).lacks("postgresql://[lake", "")


def test_the_doctor_names_what_keeps_a_database_shut(tmp_path: Path) -> None:
    sides = {f"{side}_{what}": "t" for side in ("source", "target") for what in ("table", "file")}
    tables = {"key": "id", "source_url": "postgresql://reader@lake.example.org/gold"} | sides
    shut = tables | {"source_file": ""}
    settings = Settings(data_dir=tmp_path, watch={"reconciliations": {"fx": shut}})
    open_stores(settings)

    told = next(one for one in examine(settings) if one.part == "comparisons")

    assert not told.is_fine
    assert "fx: The database on lake.example.org" in told.says


DECLARED = [
    {"id": "rows_by_trailer", "compares": "row_count", "source": "trailer"},
    {"id": "amounts_by_trailer", "compares": "control_total", "source": "trailer", "columns": ["amount"]},
    {"id": "rows_by_manifest", "compares": "row_count", "source": "manifest"},
    {"id": "files_by_manifest", "compares": "file_count", "source": "manifest"},
    {"id": "numbers", "compares": "sequence", "source": "file_name"},
]  # fmt: skip
WITH_TRAILER = {
    "kind": "delimited",
    "encoding": "utf-8",
    "delimited": {"delimiter": ",", "quote": '"', "trailer_rows": 1},
}


def _declaring(stores: Stores, folder: Path, **more: Any) -> None:
    source = {
        "kind": "directory", "system": "deals", "location": str(folder), "file_pattern": "fx_*",
        "signal": "manifest", "signal_pattern": "*.manifest",
    }  # fmt: skip
    _merge(
        stores,
        folder,
        **{"source": source, "format": WITH_TRAILER, "reconciliation": {"checks": DECLARED}} | more,
    )


def _write(folder: Path, name: str, rows: int, says: int, total: str) -> None:
    lines = [f"T{n},{n}.25,22.11.2026" for n in range(1, rows + 1)]
    (folder / name).write_text(
        "\n".join(["Trade Id,Amount,Date", *lines, f"TRL,{says},{total},checked by deals"]) + "\n"
    )


def test_a_day_that_is_as_its_trailer_manifest_and_name_declare_agrees_without_any_database(
    tmp_path: Path,
) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    _declaring(stores, tmp_path)
    _write(tmp_path, "fx_20261121_0007.csv", 3, 3, "6.75")
    _write(tmp_path, "fx_20261122_0008.csv", 100, 100, "5075.00")
    (tmp_path / "fx_20261122.manifest").write_text('[{"file": "fx_20261122_0008.csv", "rows": 100}]')
    settings = Settings(data_dir=tmp_path / "data")

    assert [one.feed for one in KnownTables(settings, stores).every()] == [FEED]
    found = EngineErrands(settings, stores).reconcile(FEED, DAY, NOW)

    assert found.mismatches == ()
    assert (found.source_rows, found.target_rows, found.on_break) == (100, 100, "hold")


def test_what_differs_from_trailer_manifest_and_running_number_is_named(lake: str, tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    _declaring(stores, tmp_path)
    _write(tmp_path, "fx_20261121_0007.csv", 3, 3, "6.75")
    _write(tmp_path, "fx_20261122_0009.csv", 97, 100, "5075.00")
    (tmp_path / "fx_20261122.manifest").write_text(
        '[{"file": "fx_20261122_0009.csv", "rows": 100}, {"file": "fx_20261122_0010.csv", "rows": 4}]'
    )

    found = EngineErrands(Settings(data_dir=tmp_path / "data"), stores).reconcile(FEED, DAY, NOW)
    counted = _compared(stores, tmp_path, lake)

    told = {(one.kind, one.column): one for one in found.mismatches}
    assert set(told) == {("missing rows", ""), ("control total", "amount"), ("missing file", "")}
    assert told["missing rows", ""].detail.endswith("has 97")
    assert "5,075.00" in told["control total", "amount"].detail
    lost = next(one for one in counted.mismatches if one.kind == "missing rows")
    assert (lost.rows, "fx_bronze.fx_trades has 95" in lost.detail) == (5, True)


def test_a_file_that_was_cut_off_is_held_back_when_it_is_delivered(tmp_path: Path) -> None:
    stores = open_stores(Settings(data_dir=tmp_path / "data"))
    _declaring(stores, tmp_path, reconciliation={"checks": DECLARED[:2], "on_break": "hold"})
    work = EngineErrands(Settings(data_dir=tmp_path / "data"), stores)
    _write(tmp_path, "whole.csv", 50, 50, "1287.50")
    whole = (tmp_path / "whole.csv").read_text()
    (tmp_path / "cut.csv").write_text("\n".join(whole.splitlines()[:40]) + "\n")

    good = work.score(FEED, tmp_path / "whole.csv", "whole.csv", NOW)
    cut = work.score(FEED, tmp_path / "cut.csv", "cut.csv", NOW)

    (tmp_path / "more.csv").write_text(whole.replace("Trade Id,Amount,Date", "Trade Id,Amount,Region"))
    more = work.score(FEED, tmp_path / "more.csv", "more.csv", NOW)

    assert good.drift == ()
    assert more.drift == (
        "new columns that nobody agreed on: Region",
        "agreed columns that did not come: Date",
    )
    assert good.broken == ""
    assert "cut.csv ends without its trailer" in cut.broken


def test_what_a_trailer_a_manifest_or_a_name_can_not_tell_is_said_in_words() -> None:
    def lacks(check: dict[str, Any], **more: Any) -> str:
        return comparable_of(a_config(reconciliation={"checks": [{"id": "c", **check}]}, **more), LAKE).lacks

    assert "names no trailer_rows" in lacks({"compares": "row_count", "source": "trailer"})
    assert "no source.signal_pattern" in lacks({"compares": "row_count", "source": "manifest"})
    assert "which the trailer does not tell" in lacks({"compares": "sequence", "source": "trailer"})
    silver = {"compares": "row_count", "source": "file_name", "layer": "silver"}
    assert "no column with the day" in lacks(silver)
    assert lacks({"compares": "row_count", "source": "file_name"}) == ""

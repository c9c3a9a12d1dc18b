"""What people ask about rows, in a running house: a comparison of two databases, a bad delivery, history."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from domain.identity.chat import Place, Platform
from domain.ids import FeedName, IncidentId, PersonId
from domain.investigation.incidents import Incident, IncidentKind, IncidentState
from domain.watch.feed_health import MismatchPoint, ReconciliationPoint
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.counterparts.postgres import create_database, postgres_server
from tests.journeys.house import House, house, wait_until
from tests.journeys.intake_calls import KEY
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)

DAY = "2026-10-01"
MET = datetime(2026, 9, 12, 8, tzinfo=UTC)


def _databases(address: str) -> dict[str, str]:
    """Return the settings of a feed whose target rounded some amounts and lost some rows."""
    urls = [create_database(address, name).replace("+psycopg", "") for name in ("source", "lake")]
    for url, is_target in zip(urls, (False, True), strict=True):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE trades (trade_id int, amount numeric, trade_date date)")
            connection.execute(
                "INSERT INTO trades SELECT n, n * 1.2345, %s FROM generate_series(1, 2000) AS n", (DAY,)
            )
            if is_target:
                connection.execute("UPDATE trades SET amount = round(amount, 2) WHERE trade_id <= 30")
                connection.execute("DELETE FROM trades WHERE trade_id > 1990")
            _yesterday(connection, extra=250 if is_target else 0)
    tables = {"source_table": "trades", "target_table": "trades", "key": "trade_id", "columns": "amount"}
    return tables | {"date_column": "trade_date", "source_url": urls[0], "target_url": urls[1]}


def _yesterday(connection: psycopg.Connection[tuple[object, ...]], extra: int) -> None:
    # The newest run of `_history` brings the day before its own: just after midnight, not yesterday.
    newest_due = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    connection.execute("DELETE FROM trades WHERE trade_id > 5000")
    connection.execute(
        "INSERT INTO trades SELECT n, 1, %s FROM generate_series(5001, %s) AS n",
        (newest_due.date() - timedelta(days=1), 5750 + extra),
    )


def _history(path: Path) -> int:
    """Write three weeks of two feeds, with four records that cannot be true; return how many are good."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    lines = ["feed,run_id,status,scheduled_at,started_at,finished_at,rows"]
    for back in range(1, 21 * 24):
        due = now - timedelta(hours=back)
        end = due + timedelta(minutes=5)
        lines.append(
            f"trades,{due.timestamp():.0f},ok,{due.isoformat()},{due.isoformat()},{end.isoformat()},900"
        )
        if due.hour == 6:
            lines.append(f"prices,{due.date()},ok,{due.isoformat()},{due.isoformat()},{end.isoformat()},50")
    ahead = (now + timedelta(days=2)).isoformat()
    begun, ended = now.isoformat(), (now - timedelta(hours=2)).isoformat()
    lines += [f"trades,f,ok,,{ahead},{ahead},1", f"trades,e,ok,,{begun},{ended},1"]
    lines += [f"trades,,ok,,{ended},{ended},1", f"trades,s,purple,,{ended},{ended},1"]
    path.write_text("\n".join(lines))
    return len(lines) - 5


def _remember(running: House) -> None:
    """Let the same difference have been met before, with an incident that says what it was."""
    stores = open_stores(Settings(data_dir=running.data))
    place = Place(platform=Platform.WEB, workspace="web", channel="data-feeds")
    incident = Incident(
        id=IncidentId("i-earlier"),
        kind=IncidentKind.INCIDENT,
        title="Amounts of trades differ",
        about="feed/trades",
        state=IncidentState.CLOSED,
        opened_by=PersonId("erin"),
        place=place,
        opened_at=MET,
        updated_at=MET,
        began_at=MET,
        cause="the loader kept two decimals",
    )
    with stores.transactions.writing() as uow:
        uow.incidents.save(incident)
        uow.quality.save_reconciliation(
            FeedName("trades"),
            ReconciliationPoint(
                id="r-earlier",
                business_date="2026-09-11",
                at=MET,
                state="done",
                source_rows=2_000,
                target_rows=2_000,
                matched_rows=1_995,
                mismatches=(MismatchPoint(kind="rounding", rows=5, column="amount"),),
            ),
            MET,
        )
    stores.database.close()


def test_history_a_comparison_and_a_bad_delivery_go_from_the_chat_to_their_ends(tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("DOGWATCH_")]:
        os.environ.pop(name)
    with postgres_server() as address:
        tables = _databases(address)
        told = json.dumps({"trades": tables})
        keys = json.dumps({"etl": KEY})
        settings = {"WATCH__RECONCILIATIONS": told, "TELEMETRY__KEYS": keys}
        settings |= {"WATCH__RECONCILE_AFTER_MINUTES": "0", "WATCH__RECONCILE_AT_ONCE": "4"}
        with house(tmp_path / "data", **settings) as running:
            erin, ada = Visitor(running.url, "erin"), Visitor(running.url, "ada")
            _import(erin, tmp_path)
            _remember(running)
            _differ_and_agree(erin, tables)
            _compare(erin)
            _deliver(erin, ada, tmp_path)
            _ask_before_publishing(running.url, erin, ada)


def _import(erin: Visitor, folder: Path) -> None:
    count = _history(folder / "runs.csv")
    thread = erin.drop("data-feeds", folder / "runs.csv", "import")
    report = words(erin.wait_for("data-feeds", "History imported", thread))
    assert f"{count} runs of 2 feeds" in report
    for refused in (
        "1 dated in the future",
        "1 ends before it starts",
        "1 no run identifier",
        "1 state not known",
    ):
        assert refused in report
    assert "calendars" in report


def _compare(erin: Visitor) -> None:
    thread = erin.say("data-feeds", f"reconcile trades {DAY}")["message"]["id"]
    card = erin.wait_for("data-feeds", "Reconciliation of trades", str(thread))
    said = words(card)
    assert "2,000 rows" in said
    assert "1,990 rows" in said
    assert "missing rows: never seen before" in said
    assert "rounding: seen once before, last for 2026-09-11; it was: the loader kept two decimals" in said
    assert "Open incident" in said


def _differ_and_agree(erin: Visitor, tables: dict[str, str]) -> None:
    """Nobody asked about yesterday: the card comes by itself, and goes when its rows agree."""
    card = erin.wait_for("data-feeds", "trades differs from its source")
    assert "25.00%" in words(card)
    assert "extra rows" in words(card)
    with psycopg.connect(tables["target_url"]) as connection:
        _yesterday(connection, extra=0)
    erin.press(card, "Compare again")
    erin.wait_for("data-feeds", "Agrees again: trades")


def _deliver(erin: Visitor, ada: Visitor, folder: Path) -> None:
    """A delivery below the bar is held, asked for, released by somebody else; the feed's card tells of it."""
    (folder / "trades.csv").write_text("trade_id,amount\n" + "".join("T1,\n" for _ in range(400)))
    thread = erin.drop("data-feeds", folder / "trades.csv", "quality trades")
    assert "held back" in words(erin.wait_for("data-feeds", "Quality of trades", thread))
    feed = erin.say("data-feeds", "feed trades")["message"]["id"]
    card = words(erin.wait_for("data-feeds", "Last run", str(feed)))
    assert "of 100" in card
    request = ada.wait_for("approvals", "Release trades.csv anyway?")
    ada.press(request, "Approve")
    ada.wait_for("approvals", "Approved: Release trades.csv anyway?")
    quality = erin.say("data-feeds", "quality trades")["message"]["id"]
    assert "released" in words(erin.wait_for("data-feeds", "The newest delivery scored", str(quality)))


def _ask_before_publishing(url: str, erin: Visitor, ada: Visitor) -> None:
    """A pipeline hears that it may load a good delivery, and waits with a bad one until people said yes."""
    good = b"trade_id,amount\n" + b"".join(b"T%d,%d.50\n" % (n, n % 90) for n in range(900))
    bad = b"trade_id,amount\n" + b"T1,\n" * 399
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as etl:
        loaded = etl.post("/intake/deliveries/trades?file=good.csv&wait=30", content=good).json()
        assert (loaded["state"], loaded["load"]) == ("released", True), loaded
        asked = etl.post("/intake/deliveries/trades?file=bad.csv&wait=30", content=bad)
        assert asked.status_code == 202
        held = asked.json()
        assert (held["state"], held["load"]) == ("held", False)
        assert etl.post("/intake/deliveries/trades?file=bad.csv", content=bad).json()["ask"] == held["ask"]
        for path, body in (("trades", good), ("Tr ades?file=a.csv", good), ("trades?file=a.csv", b"")):
            refused = etl.post(f"/intake/deliveries/{path}", content=body)
            assert refused.status_code == 400, refused.text
        assert etl.get("/intake/deliveries/trades/d0").status_code == 404
        assert httpx.post(f"{url}/intake/deliveries/trades?file=a.csv", content=good).status_code == 401
        ada.press(ada.wait_for("approvals", "Release bad.csv anyway?"), "Approve")
        wait_until(lambda: etl.get(held["ask"]).json()["load"], 20)
        day = etl.post(f"/intake/publications/trades/{DAY}?wait=30")
        assert (day.status_code, day.json()["state"], day.json()["load"]) == (202, "held", False), day.text
        assert "10 of missing rows" in day.json()["findings"]
        assert etl.post("/intake/publications/trades/yesterday").status_code == 400
        assert etl.get(f"/intake/publications/trades/{DAY}/r0").status_code == 404
        ada.press(ada.wait_for("approvals", f"Publish trades for {DAY} anyway?"), "Approve")
        wait_until(lambda: etl.get(day.json()["ask"]).json()["load"], 20)
    said = [words(message) for message in erin.messages("data-feeds")]
    assert any("bad.csv is held back" in text for text in said)
    assert not any("good.csv" in text for text in said)

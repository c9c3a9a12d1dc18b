"""Builders with defaults for the tests of feed configurations."""

from datetime import UTC, datetime
from typing import Any

from domain.configuration.feed_config import FeedConfig
from domain.configuration.reviews import PersonRef, ProposedChange
from domain.ids import feed_name

ANA = PersonRef(name="Ana Costa", email="ana@example.com")
JO = PersonRef(name="Jo Byrne", email="jo@example.com")


def a_document(feed: str = "fx_trades", **more: Any) -> dict[str, Any]:
    """Return a good configuration as plain values."""
    document: dict[str, Any] = {
        "feed": feed,
        "description": "Trades of the desk.",
        "owner": {"team": "fx", "contact": "fx@example.com"},
        "criticality": "normal",
        "source": {"kind": "directory", "system": "deals", "file_pattern": f"{feed}_*.csv"},
        "format": {"kind": "delimited", "encoding": "utf-8", "delimited": {"delimiter": ",", "quote": '"'}},
        "columns": [
            {"name": "trade_id", "source": "Trade Id", "type": "text", "nullable": False, "unique": True},
            {"name": "amount", "source": "Amount", "type": "decimal", "nullable": True, "precision": 18,
             "scale": 2},
            {"name": "trade_date", "source": "Date", "type": "date", "nullable": False, "format": "%d.%m.%Y"},
        ],
        "keys": {"primary": ["trade_id"]},
        "load": {"mode": "merge", "merge_on": ["trade_id"]},
        "quality": {
            "rules": [
                {"id": "key_unique", "check": "unique", "columns": ["trade_id"], "severity": "error",
                 "on_failure": "quarantine"},
                {"id": "enough_rows", "check": "row_count", "values": {"minimum": "1"}},
            ],
            "quarantine_days": 30,
        },
        "schedule": {"kind": "cron", "cron": "0 6 * * 1-5", "expected_by": "06:00"},
        "target": {"bronze": {"database": "fx_bronze", "table": feed, "keep_days": 90}},
        "governance": {"classification": "internal", "retention_days": 2557},
    }  # fmt: skip
    return {**document, **more}


def a_config(feed: str = "fx_trades", **more: Any) -> FeedConfig:
    """Return a good configuration."""
    return FeedConfig.model_validate(a_document(feed, **more))


def a_change(feed: str = "fx_trades", key: str = "k1", **more: Any) -> ProposedChange:
    """Return a proposed change of a feed that does not exist yet."""
    given: dict[str, Any] = {
        "feed": feed_name(feed),
        "base": None,
        "content": b"a: 1\n",
        "title": f"Add {feed}",
        "body": "",
        "author": ANA,
        "key": key,
        "at": datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
    }
    return ProposedChange.model_validate({**given, **more})

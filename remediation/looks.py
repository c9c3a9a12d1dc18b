"""What a runner saw in its dry runs, and where an order began: kept in its journal, to tell what changed."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from domain.remediation.plans import DryRun

SCHEMA = """
CREATE TABLE IF NOT EXISTS previews (
    plan_id TEXT NOT NULL, effect_digest TEXT NOT NULL, shown_digest TEXT NOT NULL, places TEXT NOT NULL,
    PRIMARY KEY (plan_id, effect_digest)
) STRICT;
CREATE TABLE IF NOT EXISTS begun_in (
    order_id TEXT PRIMARY KEY REFERENCES orders(id), places TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a dry run of this runner found."""

    shown_digest: str
    places: dict[str, str]


class Looks:
    """The journal's tables of what was seen; `writing` opens one durable transaction of the journal."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        writing: Callable[[], AbstractContextManager[sqlite3.Connection]],
    ) -> None:
        self._connection = connection
        self._writing = writing

    def note(self, plan_id: str, found: DryRun) -> None:
        """Write down what a dry run found."""
        row = (plan_id, found.effect_digest, found.shown_digest, json.dumps(found.places))
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO previews VALUES (?, ?, ?, ?)", row)

    def find(self, plan_id: str, effect_digest: str) -> Look | None:
        """Return what this runner saw in that dry run; None when it was not its own."""
        row = self._connection.execute(
            "SELECT shown_digest, places FROM previews WHERE plan_id = ? AND effect_digest = ?",
            (plan_id, effect_digest),
        ).fetchone()
        return None if row is None else Look(row[0], json.loads(row[1]))

    def knows(self, plan_id: str) -> bool:
        """Tell whether this runner has ever written down a dry run of the plan."""
        found = self._connection.execute("SELECT 1 FROM previews WHERE plan_id = ?", (plan_id,))
        return found.fetchone() is not None

    def begin(self, order_id: str, places: Mapping[str, str]) -> None:
        """Write down what its targets mean when an order begins."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO begun_in VALUES (?, ?)", (order_id, json.dumps(dict(places))))

    def begun_in(self, order_id: str) -> dict[str, str] | None:
        """Return what the order's targets meant when it began; None when nothing was written down."""
        row = self._connection.execute(
            "SELECT places FROM begun_in WHERE order_id = ?", (order_id,)
        ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

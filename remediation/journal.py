"""Remember, beside the runner, which orders were used and how far each try of each step came.

The key is the order, never a workflow's run id. A try goes from absent to intent to an outcome, or from
absent to void; every change is on the disk before the call returns. Nothing here is ever deleted.
"""

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from domain.errors import NotNow
from domain.remediation.plans import Value
from remediation.account import RemediationOff
from remediation.looks import SCHEMA, Looks

_SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY, nonce TEXT NOT NULL UNIQUE, plan_id TEXT NOT NULL, title TEXT NOT NULL,
    phase TEXT NOT NULL, report TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS tries (
    order_id TEXT NOT NULL REFERENCES orders(id), step INTEGER NOT NULL, act TEXT NOT NULL, try INTEGER NOT
    NULL, state TEXT NOT NULL, kept TEXT NOT NULL DEFAULT '{}', pid INTEGER NOT NULL DEFAULT 0,
    started INTEGER NOT NULL DEFAULT 0, word TEXT NOT NULL DEFAULT '', output TEXT NOT NULL DEFAULT '',
    output_digest TEXT NOT NULL DEFAULT '', PRIMARY KEY (order_id, step, act, try)
) STRICT;
CREATE TABLE IF NOT EXISTS claims (
    target TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders(id)
) STRICT;
CREATE TABLE IF NOT EXISTS refusals (number INTEGER PRIMARY KEY, order_id TEXT NOT NULL, what TEXT NOT
NULL) STRICT;
"""
_PATIENCE_SECONDS = 10.0
_MOST_OUTPUT = 8_000


class Phase(StrEnum):
    """Where an order stands."""

    FORWARD = "forward"
    WATCHING = "watching"
    BACK = "back"
    OVER = "over"


class Act(StrEnum):
    """A step can be done, and undone; each has tries of its own."""

    DO = "do"
    UNDO = "undo"


class Mark(StrEnum):
    """What a row says. There is no row for absent."""

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    VOID = "void"
    ABSENT = "absent"
    """Began, and a probe or a person found that it had no effect."""


@dataclass(frozen=True, slots=True)
class Try:
    """One row."""

    number: int
    mark: Mark
    kept: dict[str, Value] = field(default_factory=dict)
    pid: int = 0
    started: int = 0
    word: str = ""
    output: str = ""
    output_digest: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Which try of which step of which order."""

    order_id: str
    step: int
    act: Act
    number: int


class Journal:
    """One SQLite file; every method is one durable transaction.

    Raises:
        RemediationOff: When it is opened: the file is damaged, or can't be written.
        NotNow: The disk is full or the file is locked; nothing was half-written.
    """

    def __init__(self, path: Path) -> None:
        self._connection = _opened(path)
        self.looks = Looks(self._connection, self._writing)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def accept(self, order_id: str, *, nonce: str, plan_id: str, title: str) -> bool:
        """Write the order down as used; tell whether this was its first use."""
        with self._writing() as db:
            found = db.execute("SELECT 1 FROM orders WHERE id = ? OR nonce = ?", (order_id, nonce)).fetchone()
            if found is None:
                row = (order_id, nonce, plan_id, title, Phase.FORWARD.value)
                db.execute(
                    "INSERT INTO orders (id, nonce, plan_id, title, phase) VALUES (?, ?, ?, ?, ?)", row
                )
        return found is None

    def phase_of(self, order_id: str) -> Phase | None:
        """Return where the order stands; None when it was never accepted."""
        row = self._connection.execute("SELECT phase FROM orders WHERE id = ?", (order_id,)).fetchone()
        return None if row is None else Phase(row[0])

    def move(self, order_id: str, phase: Phase, *, report: str = "") -> bool:
        """Write down where the order stands now; tell whether it got there by this call.

        Phases only go on: a runner that was overtaken while it slept finds that it may not move the order.
        An order that is over frees its targets.
        """
        later = [one.value for one in list(Phase)[list(Phase).index(phase) :]]
        with self._writing() as db:
            moved = db.execute(
                f"UPDATE orders SET phase = ?, report = ? WHERE id = ?"  # noqa: S608  only question marks
                f" AND phase NOT IN ({', '.join('?' * len(later))})",
                (phase.value, report, order_id, *later),
            )
            if phase is Phase.OVER:
                db.execute("DELETE FROM claims WHERE order_id = ?", (order_id,))
        return moved.rowcount == 1

    def report_of(self, order_id: str) -> str:
        """Return the report with which the order ended; empty while it is open."""
        row = self._connection.execute(
            "SELECT report FROM orders WHERE id = ? AND phase = ?", (order_id, Phase.OVER.value)
        ).fetchone()
        return "" if row is None else str(row[0])

    def claim(self, order_id: str, targets: tuple[str, ...]) -> str:
        """Take all the targets for the order, or none; return the title of the plan that has one of them."""
        with self._writing() as db:
            for target in targets:
                row = db.execute(
                    "SELECT title FROM claims JOIN orders ON id = order_id"
                    " WHERE target = ? AND order_id != ?",
                    (target, order_id),
                ).fetchone()
                if row is not None:
                    return f"{target} is being changed by “{row[0]}”"
            for target in targets:
                db.execute("INSERT OR IGNORE INTO claims VALUES (?, ?)", (target, order_id))
        return ""

    def tries(self, order_id: str, step: int, act: Act) -> list[Try]:
        """Return every try, the earliest first."""
        rows = self._connection.execute(
            "SELECT try, state, kept, pid, started, word, output, output_digest FROM tries"
            " WHERE order_id = ? AND step = ? AND act = ? ORDER BY try",
            (order_id, step, act.value),
        )
        return [Try(r[0], Mark(r[1]), _values(r[2]), r[3], r[4], r[5], r[6], r[7]) for r in rows]

    def find(self, place: Place) -> Try | None:
        """Return the row of this try; None while it is absent."""
        tries = self.tries(place.order_id, place.step, place.act)
        return next((one for one in tries if one.number == place.number), None)

    def intend(self, place: Place, kept: Mapping[str, Value]) -> bool:
        """Write down that the try begins; tell whether it may: it is absent, and its order is not over."""
        return self._insert(place, Mark.INTENT, json.dumps(dict(kept)))

    def void(self, place: Place) -> bool:
        """Forbid a try that is absent for ever; tell whether it was absent."""
        return self._insert(place, Mark.VOID, "{}")

    def note_process(self, place: Place, *, pid: int, started: int, word: str) -> None:
        """Write down which process acts, for whoever has to end it."""
        self._update(place, "pid = ?, started = ?, word = ?", (pid, started, word))

    def conclude(self, place: Place, mark: Mark, *, output: str = "", output_digest: str = "") -> None:
        """Write down the outcome of a try that began; a concluded try stays as it is."""
        values = (mark.value, output[-_MOST_OUTPUT:], output_digest)
        self._update(place, "state = ?, output = ?, output_digest = ?", values)

    def refuse(self, order_id: str, what: str) -> None:
        """Write down a refusal."""
        with self._writing() as db:
            db.execute("INSERT INTO refusals (order_id, what) VALUES (?, ?)", (order_id, what))

    def refusals(self, order_id: str = "") -> list[str]:
        """Return the refusals of the order, or all of them."""
        rows = self._connection.execute(
            "SELECT what FROM refusals WHERE order_id = ? OR ? = '' ORDER BY number", (order_id, order_id)
        )
        return [str(row[0]) for row in rows]

    def open_orders(self) -> list[str]:
        """Return the orders that are not over."""
        rows = self._connection.execute("SELECT id FROM orders WHERE phase != ?", (Phase.OVER.value,))
        return [str(row[0]) for row in rows]

    def _insert(self, place: Place, mark: Mark, kept: str) -> bool:
        with self._writing() as db:
            row = (place.order_id, place.step, place.act.value, place.number, mark.value, kept)
            done = db.execute(
                "INSERT OR IGNORE INTO tries (order_id, step, act, try, state, kept)"
                " SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS"
                " (SELECT 1 FROM orders WHERE id = ? AND phase = ?)",
                (*row, place.order_id, Phase.OVER.value),
            )
        return done.rowcount == 1

    def _update(self, place: Place, assignments: str, values: tuple[object, ...]) -> None:
        key = (place.order_id, place.step, place.act.value, place.number, Mark.INTENT.value)
        with self._writing() as db:
            db.execute(
                f"UPDATE tries SET {assignments}"  # noqa: S608  column names are constants of this file
                " WHERE order_id = ? AND step = ? AND act = ? AND try = ? AND state = ?",
                (*values, *key),
            )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:  # whatever happened, nothing may be half-written
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise NotNow(
                f"journal: {error}",
                say="The runner can't write its journal, so it takes no step.",
                next_step="Make room on the runner's disk; then it goes on.",
            ) from error


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection to a journal that is whole and can be written; see `Journal`."""
    with contextlib.ExitStack() as failed:
        try:
            connection = sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)
            failed.callback(connection.close)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.executescript(_SCHEMA + SCHEMA)
            # Whoever goes by half a journal does once more what the lost half says was done.
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        except sqlite3.DatabaseError as error:
            found = str(error)
        if found == "ok":
            failed.pop_all()
            return connection
    raise RemediationOff(
        f"its journal can't be used: {found[:200]}",
        f"See that {path.parent} is there and can be written. Put a damaged journal back from a backup, or"
        " move it away with the files beside it: plans that it knew then need another yes.",
    )


def _values(text: str) -> dict[str, Value]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in json.loads(text).items()}

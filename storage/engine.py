"""Connections: SQLite with a write-ahead log in the embedded form, PostgreSQL in the served one.

SQLite has one writer. We queue for it inside the process (by turns, and not for ever) and announce writing at
once (`BEGIN IMMEDIATE`), so that two transactions never meet half-way and one has to be thrown away.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as NoneFree

from domain.errors import BadInput, Collision, OutsideTrouble
from storage.turns import NoTurn, Turns

_SQLITE_BUSY_MS = 15_000
_WAL_BYTES = 64 << 20
"""To so much the log is cut when it was larger, as after an import that somebody read beside for long."""
_FREE_WITHIN_SECONDS = 20.0
_MORE_OF_SQLITE = 7
"""Times as many connections while all are in use: they cost some handles, and as many threads may read. What
a platform waits for would else stand behind every page that somebody looks at."""
_ITS_TIME = text("SELECT extract(epoch FROM clock_timestamp())")
_AUDIT_LOCK = 0x646F6777  # "dogw": the advisory lock that orders writers of one chain

_UNLESS_ASKED = {
    "application_name": "dogwatch",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""To PostgreSQL: a host that vanished is noticed within half a minute; the system's defaults take hours. By
the name we know each other."""
_BOUNDS = ("lock_timeout = '30s'", "idle_in_transaction_session_timeout = '5min'")
"""Who waits for somebody that was stopped in the middle hears of it, and that one loses what it holds."""

_COLLISIONS = frozenset({"DeadlockDetected", "SerializationFailure", "UniqueViolation"})
_COLLIDED = "Somebody else was changing the same, so nothing was changed."
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"})
_TAKES_NOTHING = ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE", "SQLITE_READONLY")
"""How names begin of what SQLite says of a disk that may only be read, is broken, or has no quota left."""
_NO_ROOM = "The disk under my database is full, so nothing was changed."
_NOT_KEPT = "That holds a character or a number that nothing here can have."
_ROOM = "Tell whoever runs me to make room."
_NOT_TAKEN = "The disk under my database takes nothing, so nothing was changed."
_DISK = "Tell whoever runs me: it may be full, only to be read, or broken."
_AGAIN = "I keep trying; press again if nothing happens within a minute."
_AWAY = "My database did not answer, so nothing was changed."


def clock_lead(shown: float, told: float, waited: float) -> float:
    """Return by how many seconds a clock that showed `shown` is ahead of one that `told` its time within the
    `waited` seconds since: it told it at some moment of them, and waiting is no difference of clocks."""
    ahead = shown - told
    return min(ahead + waited, 0.0) if ahead < 0 else ahead


class Database:
    """Opens transactions on one database.

    Args:
        url: `sqlite:///path` or `postgresql+psycopg://…`.
        pool_size: Connections kept; SQLite readers do not wait for the writer.
        free_within_seconds: How long to wait for one while all are in use.
    """

    def __init__(
        self, url: str, *, pool_size: int = 8, free_within_seconds: float = _FREE_WITHIN_SECONDS
    ) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self._turns = Turns()
        self._may_refuse = False
        self._proving = threading.Lock()
        more = _MORE_OF_SQLITE if self.is_sqlite else 1
        options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": more * pool_size}
        options["pool_timeout"] = free_within_seconds
        if self.is_sqlite:
            options["connect_args"] = {"check_same_thread": False, "timeout": _SQLITE_BUSY_MS / 1000}
        else:
            asked = make_url(url).query
            options["pool_pre_ping"] = True
            options["connect_args"] = {name: one for name, one in _UNLESS_ASKED.items() if name not in asked}
        self.engine: Engine = create_engine(url, **options)
        self._urgent = self.engine
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            # A server has no connections to spare, so what is urgent has one that nobody else takes.
            self._urgent = create_engine(url, **options | {"pool_size": 1, "max_overflow": 1})
            for engine in (self.engine, self._urgent):
                event.listen(engine, "connect", _prepare_postgres)

    @contextmanager
    def writing(self, *, is_urgent: bool = False) -> Iterator[Connection]:
        """Yield a connection in a write transaction; commit when the block ends well.

        Urgent is what a platform waits for; on SQLite it goes before the rest, on PostgreSQL beside it.

        Raises:
            OutsideTrouble: The database is away; nothing was changed.
        """
        try:
            with self._writing(is_urgent=is_urgent) as connection:
                yield connection
        except OutsideTrouble:
            # What writes nothing ends well on a disk that takes nothing: only a proof shows that it does.
            self._may_refuse = True
            raise

    @contextmanager
    def _writing(self, *, is_urgent: bool) -> Iterator[Connection]:
        if not self.is_sqlite:
            engine = self._urgent if is_urgent else self.engine
            with self.translated(), engine.begin() as connection:
                yield connection
            return
        with (
            self.translated(),
            self._turns.taken(is_urgent=is_urgent),
            self.engine.connect().execution_options(dogwatch_writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that only reads."""
        with self.translated(), self.engine.connect() as connection, connection.begin():
            yield connection

    def order_audit_writers(self, connection: Connection) -> None:
        """Wait until no other transaction appends to the chain; SQLite's one writer is order enough."""
        if not self.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _AUDIT_LOCK})

    def ping(self) -> None:
        """Ask the database for an answer; raises `OutsideTrouble` when it gives none."""
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def prove(self) -> None:
        """Return while it takes what is written: after a transaction that failed something is, to see.

        Raises:
            OutsideTrouble: It answers and takes nothing: its disk is full, it may only be read, or is locked.
        """
        if not self._may_refuse:
            return
        if not self._proving.acquire(blocking=False):
            raise OutsideTrouble("database: it is being tried", say=_AWAY, next_step=_AGAIN)
        try:
            with self.writing() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
            self._may_refuse = False
        finally:
            self._proving.release()

    def seconds_ahead(self, now: datetime) -> float:
        """Return by how much a clock showing `now` is ahead of the database's; SQLite has none of its own."""
        if self.is_sqlite:
            return 0.0
        began = time.monotonic()
        with self.reading() as connection:
            told = connection.execute(_ITS_TIME).scalar_one()
        return clock_lead(now.timestamp(), float(told), time.monotonic() - began)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
        self._urgent.dispose()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn a database that is away, or refuses a value, into trouble that a person can read."""
        try:
            yield
        except (OperationalError, IntegrityError) as error:
            kind = type(error.orig).__name__
            if kind in _COLLISIONS:
                # That a row is there already is a race on PostgreSQL: whoever looks again finds it.
                raise Collision(f"database: {kind}", say=_COLLIDED, next_step=_AGAIN) from error
            if isinstance(error, IntegrityError):
                raise
            named = str(getattr(error.orig, "sqlite_errorname", ""))
            if kind == "DiskFull" or named in _FULL:
                raise OutsideTrouble(f"database: {kind}, no room", say=_NO_ROOM, next_step=_ROOM) from error
            if named.startswith(_TAKES_NOTHING):
                raise OutsideTrouble(f"database: {named}", say=_NOT_TAKEN, next_step=_DISK) from error
            raise OutsideTrouble(f"database: {kind}", say=_AWAY, next_step=_AGAIN) from error
        except PendingRollbackError as error:
            # Somebody went on after the connection was lost; what was lost with it can't be committed.
            raise OutsideTrouble("database connection lost", say=_AWAY, next_step=_AGAIN) from error
        except NoTurn as error:
            raise OutsideTrouble("database: no turn to write", say=_AWAY, next_step=_AGAIN) from error
        except NoneFree as error:
            raise OutsideTrouble(
                "database: all connections are in use",
                say="I have more to do than my database has connections, so nothing was changed.",
                next_step=_AGAIN,
            ) from error
        except DataError as error:
            raise BadInput(f"database: {type(error.orig).__name__}", say=_NOT_KEPT) from error
        except DBAPIError as error:
            # A server that has become a copy of another one only lets us read.
            if not error.connection_invalidated and type(error.orig).__name__ != "ReadOnlySqlTransaction":
                raise
            raise OutsideTrouble("database connection lost", say=_AWAY, next_step=_AGAIN) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_SQLITE_BUSY_MS}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        f"journal_size_limit={_WAL_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgres(connection: Any, _record: Any) -> None:
    for bound in _BOUNDS:
        connection.execute(f"SET {bound}")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("dogwatch_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

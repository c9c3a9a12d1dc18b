"""The embedded workflow server's file: one that is not whole is set aside, for the server would never start.

Nothing is lost with it: what is decided stands in our own database, and stories are begun again from there.
"""

import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

log = logging.getLogger("dogwatch.temporal")

_ANSWER_SECONDS = 5.0


def set_aside_if_damaged(file: Path) -> Path | None:
    """Move a damaged file out of the way with what belongs to it; return where to, None when it is sound."""
    if not file.exists() or not _is_damaged(file):
        return None
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
    for end in ("-wal", "-shm"):
        if (part := file.with_name(file.name + end)).exists():
            part.replace(aside.with_name(aside.name + end))
    file.replace(aside)
    log.error("the workflow server's file is damaged; it is set aside as %s", aside.name)
    return aside


def _is_damaged(file: Path) -> bool:
    """Return whether it is no database, is not whole, or lacks the tables that every start makes first."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=_ANSWER_SECONDS)) as asked:
            found = asked.execute("PRAGMA quick_check(1)").fetchone()
            tables = asked.execute("SELECT 1 FROM sqlite_master WHERE name = 'namespaces'").fetchone()
    except sqlite3.OperationalError:
        return False  # locked, no right to read it, no room: that says nothing of what it holds
    except sqlite3.DatabaseError:
        return True
    return found != ("ok",) or tables is None

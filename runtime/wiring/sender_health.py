"""How good the telemetry is that comes in, for the page, the doctor and the chat.

The store's engine costs half a second to import, so it is opened when somebody first asks.
"""

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from domain.ports.telemetry_store import SourceHealth
from runtime.settings.house import Settings

if TYPE_CHECKING:
    from domain.ports.telemetry_store import SenderHealth


class LazySenders:
    """Implements `SenderHealth`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._store: SenderHealth | None = None

    def health(self, begin: datetime, end: datetime) -> tuple[SourceHealth, ...]:
        """Return the health of each sender over a time, worst first; raises `OutsideTrouble`."""
        with self._lock:
            if self._store is None:
                from runtime.wiring.investigating.evidence_sources import open_telemetry

                self._store = open_telemetry(self._settings)
        return self._store.health(begin, end)


def telemetry_senders(settings: Settings) -> LazySenders | None:
    """Return who knows how good pushed telemetry is, None where none is taken."""
    told = settings.telemetry
    is_taken = told.port or told.clickhouse_url or (settings.data_dir / "telemetry").is_dir()
    return LazySenders(settings) if is_taken else None

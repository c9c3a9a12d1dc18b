"""Which sources of evidence there are, by settings: what has no address is not asked."""

from domain.ports.evidence_source import EvidenceSource
from domain.ports.telemetry_store import TelemetryReader
from runtime.settings import Settings
from runtime.wiring.evidence import EvidenceDesk
from runtime.wiring.stores import SystemClock
from telemetry.columnar_store import ColumnarStore


def open_telemetry(settings: Settings) -> TelemetryReader:
    """Return the telemetry store, to read."""
    return ColumnarStore(settings.data_dir.resolve() / "telemetry")


def open_evidence_desk(settings: Settings) -> EvidenceDesk:
    """Return the desk that asks everything that is configured; cheap, connects when asked."""
    reader = open_telemetry(settings)
    sources: list[EvidenceSource] = [reader]
    return EvidenceDesk(sources, now=SystemClock().now)

"""What feeds and services report: intake, normalising, data quality and reconciliation."""

from telemetry.bulk import ImportReport, import_history, receive
from telemetry.normalise import RunLedger

__all__ = ["ImportReport", "RunLedger", "import_history", "receive"]

"""What feeds and services report: intake, normalising, data quality and reconciliation."""

from telemetry.bulk import receive
from telemetry.normalise import RunLedger

__all__ = ["RunLedger", "receive"]

"""What feeds and services report: intake, normalising, data quality and reconciliation."""

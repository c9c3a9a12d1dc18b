"""One outside format of feed runs a file; each gives plain fields to `telemetry.normalise`."""

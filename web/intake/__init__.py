"""What is pushed to us over HTTP and gRPC: telemetry, runs, alerts. Bytes are checked before parsed."""

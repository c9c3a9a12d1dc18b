"""What is pushed to us over HTTP and gRPC: telemetry, runs, alerts; bytes are checked before they are parsed."""

"""The roof: settings, wiring, processes, command line."""

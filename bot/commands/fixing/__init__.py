"""Ways out of trouble: plans, scripts, their reviews and runs."""

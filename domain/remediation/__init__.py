"""What is to be done about trouble: runbooks, plans, scripts, signed orders and what runs report."""

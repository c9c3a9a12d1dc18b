"""Will this run fail, and when."""

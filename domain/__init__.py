"""What the business talks about, and its rules as pure functions."""

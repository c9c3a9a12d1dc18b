"""What log lines say."""

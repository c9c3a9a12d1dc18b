"""The durable stories."""

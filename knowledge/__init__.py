"""What we know, with sources."""

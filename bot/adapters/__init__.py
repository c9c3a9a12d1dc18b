"""One adapter per platform: its events in, our replies out."""

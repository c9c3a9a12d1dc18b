"""From what happened to how it reads."""

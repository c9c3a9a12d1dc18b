"""What to do about it, safely."""

"""Tests, mirrored by room; a package, so that no library that ships one of this name is found instead."""

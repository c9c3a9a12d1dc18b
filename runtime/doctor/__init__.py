"""The examination of an installation, one area a module."""

"""Which release runs: for whoever asks for help, and to compare the machines of a house."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from storage.migrate import NEWEST

_HERE = Path(__file__).resolve().parent.parent
_NAME = "dogwatch-bot"


def release() -> str:
    """Return the release, the form of its database and its folder: a clone says what its own files say."""
    return f"dogwatch {_number()}, database {NEWEST}, from {_HERE}"


def _number() -> str:
    project = _HERE / "pyproject.toml"
    if project.exists():
        # What is installed in the same environment may be another release than this folder.
        told = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
        if told.get("name") == _NAME:
            return str(told["version"])
    try:
        return version(_NAME)
    except PackageNotFoundError:
        return "of unknown number"

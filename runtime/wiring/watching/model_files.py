"""Which model files lie there, so that they are read again only when one of them changed."""

from contextlib import suppress
from pathlib import Path


def files_of_models(folder: Path) -> tuple[tuple[str, float], ...]:
    """Return name and time of change of each; one that was tidied away, or leads nowhere, is none."""
    found = []
    for path in folder.glob("*.json"):
        with suppress(FileNotFoundError):
            found.append((path.name, path.stat().st_mtime))
    return tuple(sorted(found))

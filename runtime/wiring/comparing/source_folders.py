"""Which folders of this machine the configuration of a feed may name.

Whoever writes one has us read there with the rights of the house, and what differs is shown to everybody: so
never what is the house's own, and by default nothing where a system keeps its own.
"""

from collections.abc import Sequence
from pathlib import Path

from domain.errors import NotAllowed
from runtime.settings.house import Settings

_SYSTEM = ("/boot", "/dev", "/etc", "/proc", "/run", "/sys")


class SourceFolders:
    """Knows them by the settings.

    Args:
        settings: What is the house's own, and which folders alone may be read.
        system: Where this machine keeps its own.
    """

    def __init__(self, settings: Settings, system: Sequence[str] = _SYSTEM) -> None:
        watch = settings.watch
        kept = (watch.credentials_folder, settings.remediation.credentials_folder)
        own = [settings.data_dir, *(Path(one) for one in kept if one)]
        self._own = tuple(one.resolve() for one in own)
        self._listed = tuple(Path(one).resolve() for one in watch.source_folders)
        kept_by_system = tuple(map(Path, system))
        self._system = (
            *kept_by_system,
            *(one.resolve() for one in kept_by_system),
        )  # some are links elsewhere

    def objection_to(self, folder: str) -> str:
        """Return why a folder is not read, in words; empty where it is."""
        try:
            self.checked(folder)
        except NotAllowed as refused:
            return refused.say
        return ""

    def checked(self, folder: str) -> Path:
        """Return the place that was judged, without links, or raise `NotAllowed` where it is not read."""
        try:
            place = Path(folder).resolve()
        except (ValueError, RuntimeError, OSError):  # a sign that no name holds, links round in a circle
            raise _refusal(folder, f"in {folder[:200]!r}: that is no folder.") from None
        if objection := self._objection(place):
            raise _refusal(folder, f"in {folder[:200]}: {objection}")
        return place

    def _objection(self, place: Path) -> str:
        if _is_in(place, self._own):
            return "that folder is mine alone."
        if self._listed:
            return "" if _is_in(place, self._listed) else "it is not in watch.source_folders."
        if any(part.startswith(".") for part in place.parts) or _is_in(place, self._system):
            return (
                "such folders hold what is the system's own. An operator can list it in watch.source_folders."
            )
        return ""


def _refusal(folder: str, why: str) -> NotAllowed:
    return NotAllowed(f"source folder {folder[:200]} is not read", say=f"I don't read files of a feed {why}")


def _is_in(place: Path, folders: tuple[Path, ...]) -> bool:
    return any(place.is_relative_to(folder) for folder in folders)

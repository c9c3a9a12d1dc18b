"""What the doctor says of what lies beside the house: data folder, people's file, kept files, walls."""

import json
import os
import shutil
import stat
from pathlib import Path

from domain.counting import counted
from domain.errors import DogwatchError
from domain.identity.people import Role
from runtime.doctor.findings import Finding
from runtime.people.people_file import SHIPPED_PEOPLE, read_people
from runtime.processes.disk_room import LEAST_FREE_BYTES, free_bytes, prove_writable
from runtime.settings.house import Settings

_TIGHT = 4
"""So many times the least room there must be: a person has to come before it is gone."""


def examine_data_folder(settings: Settings) -> Finding:
    """Say whether everything that is kept can be kept where the settings say."""
    data = settings.data_dir.resolve()
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    if not there.is_dir():
        return Finding("data folder", False, f"{there} is a file; set DOGWATCH_DATA_DIR to a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("data folder", False, f"I may not write into {there}; change its owner, or data_dir")
    if there != data:
        return Finding("data folder", True, f"{data}, which the first start makes")
    try:
        prove_writable(data)
    except OSError as error:
        why = f"{error.strerror}".lower()
        return Finding(
            "data folder", False, f"{data} takes nothing that is written ({why}); look at its disk"
        )
    if not (data / "keys").is_dir() and (data / "dogwatch.db").is_file():
        said = f"{data} has a database and no keys; put the copy of its keys folder back before you start"
        return Finding("data folder", False, said)
    return Finding("data folder", True, f"{data}{_open_to_others(data)}")


def _open_to_others(data: Path) -> str:
    """Return a remark on a folder that its owner, or a release of long ago, made for all accounts."""
    if not data.stat().st_mode & stat.S_IROTH:
        return ""
    return "; other accounts of this machine may read in it (chmod o-r, where that is not meant)"


def examine_people(settings: Settings) -> Finding:
    """Say whether the people's file can be used, and whether anybody in it may approve."""
    path = Path(settings.people_file) if settings.people_file else SHIPPED_PEOPLE
    try:
        people = [entry.person for entry in read_people(path)]
    except DogwatchError as error:
        return Finding("people", False, error.sentence())
    if not any(Role.APPROVER in one.roles for one in people):
        return Finding(
            "people", False, f"nobody in {path.name} has the role approver, so nothing is approved"
        )
    demo = "" if settings.people_file else ", the demo people"
    alone = (
        "" if any(Role.ON_CALL in one.roles for one in people) else "; nobody is on call, so nobody is called"
    )
    return Finding("people", True, f"{counted(len(people), 'person', 'people')}{demo}{alone}")


def examine_files(settings: Settings) -> Finding:
    """Say how much dropped and delivered files take, when they go, and whether there is room for more."""
    folder = settings.data_dir / "blobs"
    sizes = [path.lstat().st_size for path in folder.glob("??/*") if path.suffix != ".tidied"]
    tidied = sum(1 for _ in folder.glob("??/*.tidied"))
    free = free_bytes(settings.data_dir)
    kept = f"kept for {counted(settings.watch.keep_files_days, 'day')}, {tidied} tidied away so far"
    kept += f"; cards of what is over are kept for {counted(settings.watch.keep_cards_days, 'day')}"
    said = f"{len(sizes)} take {sum(sizes) / 2**20:,.0f} MiB ({kept}); {free / 2**30:,.1f} GiB are free"
    if free < _TIGHT * LEAST_FREE_BYTES:
        return Finding("files", False, f"{said}; make room, for without it nothing can be kept")
    return Finding("files", True, said)


def examine_sandbox(settings: Settings) -> Finding:
    """Say whether steps can be contained, as the newest runner found it."""
    if shutil.which("bwrap") is None:
        return Finding(
            "sandbox",
            False,
            "bubblewrap is missing, so remediation stays off; install the package bubblewrap",
        )
    health = settings.data_dir / "runner" / "health.json"
    if not settings.remediation.enabled:
        return Finding("sandbox", True, "remediation is off by setting")
    if health.exists():
        try:
            faults = json.loads(health.read_text(encoding="utf-8"))["faults"]
        except (
            ValueError,
            TypeError,
            KeyError,
        ):  # cut off, as by a full disk; it is written each hour
            return Finding("sandbox", False, f"{health} can't be read; look at its disk, and start again")
        if faults:
            return Finding("sandbox", False, "remediation is off: " + "; ".join(faults))
        return Finding("sandbox", True, "the newest runner tried to break out, and its walls held")
    return Finding("sandbox", True, "bubblewrap is installed; no runner has tried the walls here yet")

"""What the doctor says of what an operator puts beside the house: the data folder, the people's file."""

import os
from pathlib import Path

from domain.counting import counted
from domain.errors import DogwatchError
from domain.identity.people import Role
from runtime.disk_room import LEAST_FREE_BYTES, free_bytes
from runtime.doctor.findings import Finding
from runtime.people_file import SHIPPED_PEOPLE, read_people
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
    made = "" if there == data else ", which the first start makes"
    return Finding("data folder", True, f"{data}{made}")


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
    sizes = [path.stat().st_size for path in folder.glob("??/*") if path.suffix != ".tidied"]
    tidied = sum(1 for _ in folder.glob("??/*.tidied"))
    free = free_bytes(settings.data_dir)
    kept = f"kept for {counted(settings.watch.keep_files_days, 'day')}, {tidied} tidied away so far"
    kept += f"; cards of what is over are kept for {counted(settings.watch.keep_cards_days, 'day')}"
    said = f"{len(sizes)} take {sum(sizes) / 2**20:,.0f} MiB ({kept}); {free / 2**30:,.1f} GiB are free"
    if free < _TIGHT * LEAST_FREE_BYTES:
        return Finding("files", False, f"{said}; make room, for without it nothing can be kept")
    return Finding("files", True, said)

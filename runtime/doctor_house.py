"""What the doctor says of what an operator puts beside the house: the data folder, the people's file."""

import os
from pathlib import Path

from domain.counting import counted
from domain.errors import DogwatchError
from domain.people import Role
from runtime.findings import Finding
from runtime.people_file import SHIPPED_PEOPLE, read_people
from runtime.settings import Settings


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

"""Who is known when a process of the house starts, and how the people file is followed afterwards."""

import logging
from collections.abc import Callable
from pathlib import Path

from domain.errors import OutsideTrouble
from domain.ids import PersonId
from runtime.people.endings import Ending, note_ending
from runtime.people.people_file import SHIPPED_PEOPLE, PeopleFile, keep_people, read_people
from runtime.sealed_archive import backup_keys
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores

log = logging.getLogger("dogwatch.people")


def prepare(settings: Settings, stores: Stores) -> list[PersonId]:
    """Store the people of the file, and make the keys that backups will need, so that they get copied too.

    Returns:
        Who stays out although the file has them as active.
    """
    backup_keys(stores.keys)
    entries = read_people(Path(settings.people_file) if settings.people_file else SHIPPED_PEOPLE)
    with stores.transactions.writing() as uow:
        if not settings.people_file:
            # Those that we ship are a beginning: what became of them here is the operator's word.
            known = {person.id for person in uow.people.everybody()}
            entries = [entry for entry in entries if entry.person.id not in known]
        return keep_people(entries, uow, stores.clock.now(), _noting(stores))


def followed_people(settings: Settings, stores: Stores) -> PeopleFile | None:
    """Return the people file as it is followed; None where no file of the house's own says who is who."""
    if not settings.people_file:
        return None
    path, writing, now = Path(settings.people_file), stores.transactions.writing, stores.clock.now
    return PeopleFile(path, writing, now, note=_noting(stores))


def _noting(stores: Stores) -> Callable[[Ending], None]:
    """Return what writes down beside the keys whom the people file shuts out; the file holds without it."""

    def note(ending: Ending) -> None:
        try:
            note_ending(stores.keys.folder, ending)
        except OutsideTrouble as error:
            log.warning("whom the people file shuts out is not written down beside the keys: %s", error)

    return note

"""Whether everybody who would be called can be reached outside of the chats; nobody is told anything."""

import asyncio

from domain.errors import DogwatchError, OutsideTrouble
from domain.identity.contacts import is_trusted
from domain.identity.people import PERSONAL_WAYS, Role, Way
from domain.ports.notifier import Notifier
from runtime.settings.house import Settings
from runtime.wiring.notifiers import open_notifiers
from runtime.wiring.stores import open_stores

_PROBE_SECONDS = 15.0
_CALLED = (Role.ON_CALL, Role.LEAD)


def reach(settings: Settings) -> tuple[bool, str]:
    """Return whether every way that is set up can be reached, in words; nobody is told anything."""
    try:
        notifiers = open_notifiers(settings)
    except DogwatchError as error:
        return False, error.sentence()
    if not notifiers:
        return True, "none is set up, so people are told in chats alone (settings notify.…)"
    found = asyncio.run(_probe_all(notifiers))
    if not settings.web.public_url:
        found.append((False, "set web.public_url, or the links lead nowhere"))
    unreached = _unreached(settings, {notifier.way for notifier in notifiers})
    if unreached:
        found.append((True, f"not reached outside of chats: {unreached}; see `dogwatch notify list`"))
    return all(is_fine for is_fine, _ in found), "; ".join(says for _, says in found)


async def _probe_all(notifiers: list[Notifier]) -> list[tuple[bool, str]]:
    return list(await asyncio.gather(*(_probe(notifier) for notifier in notifiers)))


async def _probe(notifier: Notifier) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            return True, f"{notifier.way.value}: {await notifier.probe()}"
    except OutsideTrouble as error:
        return False, f"{notifier.way.value}: {error.say}"
    except TimeoutError:
        return False, f"{notifier.way.value}: no answer within {_PROBE_SECONDS:.0f} s"


def _unreached(settings: Settings, ways: set[Way]) -> str:
    """Return who would be called by an escalation and has no address that may be used."""
    if not (settings.data_dir / "keys").exists():
        return ""
    with open_stores(settings).transactions.reading() as uow:
        called = [p for p in uow.people.everybody() if p.is_active and p.roles & set(_CALLED)]
        return ", ".join(
            person.name
            for person in called
            if not any(
                is_trusted(person, way, uow.contacts.find(person.id, way)) for way in ways & PERSONAL_WAYS
            )
        )

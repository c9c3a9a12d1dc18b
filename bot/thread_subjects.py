"""What a thread is about: the subject of the card that it hangs on, or that stands within it."""

from domain.identity.chat import Place
from domain.ports.transactions import UnitOfWork


def first_subject(uow: UnitOfWork, place: Place) -> str:
    """Return the subject of the card that a thread hangs on, empty without one."""
    if not place.thread:
        return ""
    first = uow.posting_lookup.find_by_message(place.platform.value, place.channel, place.thread)
    return first.subject if first is not None else ""


def subject_of_thread(uow: UnitOfWork, place: Place, kind: str) -> str:
    """Return the subject of a kind that a thread is about, as `incident/i12`; empty without one."""
    if not place.thread:
        return ""
    first = first_subject(uow, place)
    return first if first.startswith(f"{kind}/") else uow.posting_lookup.subject_of_thread(place, kind)

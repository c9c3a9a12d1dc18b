"""Who was shut out on the command line, and whose account was taken off there, whatever the people file says.

The file is read at every start, and by every `dogwatch ask` and `freeze`: without these marks the word of an
operator in an emergency would be undone by the next command. A mark goes where the operator says so, or once
the file has said the same: from then on the file wins again.
"""

import hashlib
import json
from collections.abc import Collection
from datetime import datetime, timedelta

from domain.identity.chat import Account
from domain.identity.people import Person
from domain.identity.web_access import MarkKind, SignInMark
from domain.ids import PersonId
from domain.ports.transactions import UnitOfWork

_FOR_GOOD = timedelta(days=36_500)


def shut_out(uow: UnitOfWork, person: PersonId, now: datetime) -> None:
    """Keep somebody out, whatever the people file says of them."""
    uow.sign_in_marks.save(SignInMark(kind=MarkKind.SHUT_OUT, key=person, until=now + _FOR_GOOD))


def let_in(uow: UnitOfWork, person: PersonId) -> None:
    """Let the people file say again whether somebody is active."""
    uow.sign_in_marks.drop(MarkKind.SHUT_OUT, person)


def take_off(uow: UnitOfWork, account: Account, owner: PersonId, now: datetime) -> None:
    """Let the people file not give an account back to whom it was taken off."""
    key = mark_of(account, owner)
    uow.sign_in_marks.save(SignInMark(kind=MarkKind.TAKEN_OFF, key=key, until=now + _FOR_GOOD, text=owner))


def give_back(uow: UnitOfWork, account: Account, owner: PersonId, now: datetime) -> bool:
    """Let the people file say again that an account is somebody's; off others it stays.

    Returns:
        Whether it had been taken off them.
    """
    mark = mark_of(account, owner)
    was_off = uow.sign_in_marks.find(MarkKind.TAKEN_OFF, mark, now) is not None
    uow.sign_in_marks.drop(MarkKind.TAKEN_OFF, mark)
    return was_off


def as_it_stands(uow: UnitOfWork, told: Person, now: datetime) -> Person:
    """Return a person as the file tells of them, but out if they were shut out."""
    if uow.sign_in_marks.find(MarkKind.SHUT_OUT, told.id, now) is None:
        return told
    if not told.is_active:
        let_in(uow, told.id)  # now the file knows it, too
    return told.model_copy(update={"is_active": False})


def still_theirs(
    uow: UnitOfWork, person: PersonId, told: Collection[Account], now: datetime
) -> tuple[Account, ...]:
    """Return the accounts that the file gives to a person, without those that were taken off them."""
    off = {mark.key for mark in uow.sign_in_marks.live(MarkKind.TAKEN_OFF, now) if mark.text == person}
    for key in off - {mark_of(account, person) for account in told}:
        uow.sign_in_marks.drop(MarkKind.TAKEN_OFF, key)  # now the file knows it, too
    return tuple(account for account in told if mark_of(account, person) not in off)


def mark_of(account: Account, owner: PersonId) -> str:
    """Return by what an account that was taken off its owner is known, without naming it."""
    told = json.dumps([account.platform.value, account.workspace, account.user, owner])
    return hashlib.sha256(told.encode()).hexdigest()

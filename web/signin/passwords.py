"""Local users: argon2id, the same work and the same words for a wrong name and a wrong password."""

import secrets
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.audit import AuditAct, AuditEntry
from domain.errors import BadInput, NotAllowed
from domain.ids import PersonId
from domain.people import Person
from domain.ports.transactions import UnitOfWork
from domain.web_access import SHORTEST_PASSWORD, Password

_LONGEST = 1024
_HASHER = PasswordHasher()  # the library's defaults are argon2id as RFC 9106 advises for small memory
# Guessing at a name that does not exist costs the same: it is checked against this.
_NOBODYS = _HASHER.hash(secrets.token_urlsafe(16))


def set_password(uow: UnitOfWork, person: PersonId, text: str, now: datetime, by: str) -> None:
    """Give a person a password.

    Raises:
        BadInput: It is too short or too long.
        NotFound: There is no such person.
    """
    if not SHORTEST_PASSWORD <= len(text) <= _LONGEST:
        raise BadInput(
            "password length",
            say=f"A password needs {SHORTEST_PASSWORD} to {_LONGEST} characters.",
            next_step="A few unrelated words are easy to remember and hard to guess.",
        )
    owner = uow.people.get(person)
    uow.sign_ins.save_password(Password(person=owner.id, hash=_HASHER.hash(text), changed_at=now))
    uow.audit.append(
        AuditEntry(
            at=now,
            act=AuditAct.PERSON_CHANGED,
            actor=by,
            subject=f"person/{owner.id}",
            facts={"changed": "password"},
        )
    )


def check_password(uow: UnitOfWork, name: str, text: str, now: datetime) -> Person | None:
    """Return who a name (id or mail address) and a password belong to; None when they do not fit."""
    person = _named(uow, name)
    kept = uow.sign_ins.password_of(person.id) if person is not None else None
    is_right = _fits(kept.hash if kept is not None else _NOBODYS, text[:_LONGEST])
    if person is None or kept is None:
        return None
    if kept.is_locked(now):
        return None
    if not is_right:
        uow.sign_ins.save_password(kept.after_wrong(now))
        return None
    if not person.is_active:
        return None
    if kept.wrong:
        uow.sign_ins.save_password(kept.model_copy(update={"wrong": 0, "locked_until": None}))
    return person


def does_not_fit() -> NotAllowed:
    """Return the refusal of a sign-in; it says the same whatever was wrong."""
    return NotAllowed(
        "sign-in refused",
        say="That name and password do not fit, or they were guessed wrong too often.",
        next_step="Check both and try again; after five wrong tries wait a quarter of an hour.",
    )


def _named(uow: UnitOfWork, name: str) -> Person | None:
    wanted = name.strip().lower()
    found = [p for p in uow.people.everybody() if wanted in (p.id.lower(), p.email.lower()) and wanted]
    return found[0] if len(found) == 1 else None


def _fits(kept: str, text: str) -> bool:
    try:
        return _HASHER.verify(kept, text)
    except (Argon2Error, InvalidHashError):
        return False

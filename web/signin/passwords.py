"""Local users: argon2id, the same work, words and time for a wrong name and a wrong password.

Hashing takes a tenth of a second and 64 MiB, and any stranger may ask for it: it has two threads of its own,
and no transaction is open meanwhile. A try is counted before it is looked at, so that many at once are no
more than five.
"""

import asyncio
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from domain.errors import BadInput, NotAllowed, NotNow
from domain.identity.people import Person
from domain.identity.web_access import SHORTEST_PASSWORD, Password
from domain.ids import PersonId
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from web.signin.guesses import Tries

_LONGEST = 1024
_AT_ONCE = 2
_MOST_WAITING = 32
REFUSED_AFTER_SECONDS = 0.4
"""A refusal takes so long at least: how quick it is must not tell whether there is somebody of that name."""
_HASHER = PasswordHasher()  # the library's defaults are argon2id as RFC 9106 advises for small memory


def set_password(uow: UnitOfWork, person: PersonId, text: str, now: datetime, by: str) -> None:
    """Give a person a password; every session of theirs ends.

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
    uow.sign_ins.end_sign_ins_of(owner.id, now)  # whoever knew the former one is out as well
    uow.audit.append(
        AuditEntry(
            at=now,
            act=AuditAct.PERSON_CHANGED,
            actor=by,
            subject=f"person/{owner.id}",
            facts={"changed": "password"},
        )
    )


class PasswordDesk:
    """Checks passwords of local users.

    Args:
        reading: Opens a transaction that reads.
    """

    def __init__(self, reading: Opening) -> None:
        self._reading = reading
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="passwords")
        self._places = threading.BoundedSemaphore(_MOST_WAITING)

    async def check(self, name: str, text: str, tries: Tries) -> Person | None:
        """Return who a name (id or mail address) and a password belong to; None when they do not fit.

        Raises:
            NotNow: Too many wait.
        """
        if not self._places.acquire(blocking=False):
            raise NotNow(
                "too many passwords to check",
                say="Too many people are signing in at this moment.",
                next_step="Try again in half a minute.",
            )
        asked = self._threads.submit(self._check, name, text[:_LONGEST], tries)
        asked.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(asked)

    def _check(self, name: str, text: str, tries: Tries) -> Person | None:
        kept = self._counted(name, tries)
        is_right = _fits(kept.hash if kept is not None else _nobodys(), text)
        if kept is None or not is_right:
            return None
        with self._reading() as uow:
            person, latest = uow.people.get(kept.person), uow.sign_ins.password_of(kept.person)
        if latest is None or latest.hash != kept.hash or not person.is_active:
            return None
        tries.forget()
        return person

    def _counted(self, name: str, tries: Tries) -> Password | None:
        """Count a try at a name; return what it is to fit, None when nothing does."""
        with self._reading() as uow:
            person = _named(uow, name)
            kept = uow.sign_ins.password_of(person.id) if person is not None else None
        # A new password is guessed at anew: whoever gives one lifts what was locked.
        if kept is None or not tries.may_try(f"password\0{kept.person}\0{kept.hash}"):
            return None
        return kept


async def patiently(began: float) -> None:
    """Wait until a refusal has taken as long as every refusal; `began` is of the steady clock."""
    await asyncio.sleep(max(0.0, began + REFUSED_AFTER_SECONDS - time.monotonic()))


def does_not_fit() -> NotAllowed:
    """Return the refusal of a sign-in; it says the same whatever was wrong."""
    return NotAllowed(
        "sign-in refused",
        say="That name and password do not fit, or they were guessed wrong too often from here.",
        next_step="Check both and try again; after five wrong tries wait a quarter of an hour.",
    )


def _named(uow: UnitOfWork, name: str) -> Person | None:
    wanted = name.strip().lower()
    found = [p for p in uow.people.everybody() if wanted in (p.id.lower(), p.email.lower()) and wanted]
    return found[0] if len(found) == 1 else None


@cache
def _nobodys() -> str:
    """Return a hash that no password fits: guessing at a name that does not exist costs the same.

    Made at the first guess, for which a refusal leaves room, and not while the house starts.
    """
    return _HASHER.hash(secrets.token_urlsafe(16))


def _fits(kept: str, text: str) -> bool:
    try:
        return _HASHER.verify(kept, text)
    except (Argon2Error, InvalidHashError):
        return False

"""People, roles, teams and accounts from a file; read at every start and when it changes; the file wins,
but lets in nobody whom an operator shut out."""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.acts.incident_leavers import take_from_incidents
from domain.errors import BadInput, DogwatchError
from domain.identity.chat import Account
from domain.identity.people import ChatIdentity, Person
from domain.ids import PersonId
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.text.strict_yaml import read_yaml
from runtime.freshness import Freshness
from runtime.people.endings import Ended, Ending
from runtime.people.shut_out import as_it_stands, still_theirs
from runtime.settings.errors import unreadable_yaml

log = logging.getLogger("dogwatch.people")

_LOOK_SECONDS = 5.0
_SETTLED_SECONDS = 1.0
"""A file that was written a moment ago may be half there."""
_NEVER = (-1, -1, -1)
_JUST_WRITTEN_SECONDS = 60.0
SHIPPED_PEOPLE = Path(__file__).parents[1] / "shipped" / "people.yaml"


class PersonEntry(BaseModel):
    """One person of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Person
    accounts: tuple[Account, ...] = ()


def read_people(path: Path) -> list[PersonEntry]:
    """Return the people of a file.

    Raises:
        BadInput: The file is not valid; the sentence names the place.
    """
    try:
        document = read_yaml(path.read_text(encoding="utf-8")) or {}
        entries = [_entry(raw) for raw in document.get("people", [])]
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:] or first["loc"])
        who = first["input"] if isinstance(first["input"], str) else ""
        raise BadInput(
            f"people file: {first['type']} at {place}",
            say=f"The people file {path.name} is not valid at {place}{f', {who[:60]!r}' if who else ''}:"
            f" {first['msg'].lower()}.",
        ) from error
    except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise unreadable_yaml("people file", path, error) from error
    _refuse_twice(entries, path)
    return entries


def keep_people(
    entries: list[PersonEntry],
    uow: UnitOfWork,
    now: datetime,
    note: Callable[[Ending], None] = lambda ending: None,
) -> list[PersonId]:
    """Store people and accounts; what changed is recorded, and who is not active any more is signed out.

    Args:
        entries: What the file says.
        uow: The transaction.
        now: The moment.
        note: Told whom the file shuts out, and lets in again, before it is done.

    Returns:
        Whom the file has as active, and who stays out because an operator shut them out.
    """
    held_out, words = [], []
    known = {person.id: person for person in uow.people.everybody()}
    for entry in entries:
        person = as_it_stands(uow, entry.person, now)
        if entry.person.is_active and not person.is_active:
            held_out.append(person.id)
        before = known.get(person.id)
        if before != person:
            if person.is_active != (before is None or before.is_active):
                is_over = not person.is_active
                words.append(
                    Ending(what=Ended.PERSON, id=person.id, at=now, is_over=is_over, is_of_file=True)
                )
            uow.people.save(person)
            if not person.is_active:
                uow.sign_ins.end_sign_ins_of(person.id, now)
                take_from_incidents(uow, person, now)
            facts = {"roles": ",".join(sorted(person.roles)), "active": str(person.is_active)}
            _record(uow, now, AuditAct.PERSON_CHANGED, person, facts)
        for account in still_theirs(uow, person.id, entry.accounts, now):
            _join(uow, person, account, now)
    # After all that may fail: what can't be taken is tried every few seconds, and would be told each time.
    for word in words:
        note(word)
    return held_out


def tell_held_out(held_out: list[PersonId]) -> None:
    """Say in the log who stays out although the file lists them: whoever hired them again looks there."""
    for name in held_out:
        log.warning(
            "%s stays out although the people file has them as active: `dogwatch user deactivate` was said of"
            " them; `dogwatch user activate --id %s` lets them in",
            name,
            name,
        )


class PeopleFile:
    """The people file, taken again whenever it changes: who leaves is out within seconds, not at a start.

    What can't be taken leaves everybody as they were, and is logged once. Then nobody knows who may decide
    today, and after a minute of it nothing of high risk is approved.

    Args:
        path: The file, which was taken for the start.
        writing: Opens a transaction that writes.
        now: The time.
        seconds: A clock that never goes back.
        look_seconds: How long it rests between two looks.
        note: As in `keep_people`.
    """

    def __init__(
        self,
        path: Path,
        writing: Opening,
        now: Callable[[], datetime],
        seconds: Callable[[], float] = time.monotonic,
        *,
        look_seconds: float = _LOOK_SECONDS,
        note: Callable[[Ending], None] = lambda ending: None,
    ) -> None:
        self._look_seconds, self._note = look_seconds, note
        self._path, self._writing, self._now = path, writing, now
        self._freshness = Freshness(seconds)
        self.is_read = self._freshness.is_fresh
        self._known = _mark(path)
        if time.time() - self._known[0] / 1e9 < _JUST_WRITTEN_SECONDS:
            self._known = _NEVER  # it may have changed after it was read for the start
        self._is_taken = True

    async def follow(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            await asyncio.sleep(self._look_seconds)
            await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Take the file when it changed."""
        mark = _mark(self._path)
        if mark != self._known and not 0 <= time.time() - mark[0] / 1e9 < _SETTLED_SECONDS:
            try:
                self._take()
                self._is_taken = True
                log.info("the people file was taken again")
            except BadInput as error:
                self._is_taken = False
                log.error("people stay as they were, their file can't be taken: %s", error.sentence())
            except DogwatchError as error:
                log.warning("the people file waits to be taken: %s", error)
                return
            self._known = mark
        if self._is_taken and mark == self._known:
            self._freshness.note()

    def _take(self) -> None:
        entries = read_people(self._path)
        with self._writing() as uow:
            held_out = keep_people(entries, uow, self._now(), self._note)
        tell_held_out(held_out)


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _join(uow: UnitOfWork, person: Person, account: Account, now: datetime) -> None:
    """Make an account the person's, whoever had it."""
    owner = uow.people.find_person(account)
    if owner is not None and owner.id == person.id:
        return
    facts = {"platform": account.platform.value}
    if owner is not None:
        uow.people.unlink(account)
        _record(uow, now, AuditAct.ACCOUNT_UNLINKED, owner, facts)
    uow.people.link(ChatIdentity(account=account, person=person.id, linked_at=now))
    _record(uow, now, AuditAct.ACCOUNT_LINKED, person, facts)


def _record(uow: UnitOfWork, now: datetime, act: AuditAct, person: Person, facts: dict[str, str]) -> None:
    facts = facts | {"by": "people file"}
    uow.audit.append(
        AuditEntry(at=now, act=act, actor="dogwatch", subject=f"person/{person.id}", facts=facts)
    )


def _refuse_twice(entries: list[PersonEntry], path: Path) -> None:
    """Refuse a person or an account that stands there twice: which one counts would be a matter of chance."""
    named = Counter(entry.person.id for entry in entries)
    accounts = {(a.platform.value, a.workspace, a.user): 0 for entry in entries for a in entry.accounts}
    for entry in entries:
        for one in set(entry.accounts):
            accounts[one.platform.value, one.workspace, one.user] += 1
    twice = [f"person {name}" for name, count in named.items() if count > 1]
    twice += [f"account {':'.join(name)}" for name, count in accounts.items() if count > 1]
    if twice:
        raise BadInput(
            f"people file: {twice[0]} twice",
            say=f"The people file {path.name} has the {twice[0][:200]} twice.",
            next_step="Leave one of them.",
        )


def _entry(raw: dict[str, Any]) -> PersonEntry:
    accounts = raw.pop("accounts", [])
    return PersonEntry.model_validate({"person": raw, "accounts": accounts})

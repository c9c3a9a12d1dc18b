"""After a restore: who was shut out since the backup is out again; accounts and keys that were ended, too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.acts.incident_leavers import take_from_incidents
from domain.counting import counted, in_series
from domain.identity.people import Person
from domain.ids import PersonId
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from runtime.people.endings import Ended, Ending
from runtime.people.shut_out import mark_of, shut_out, take_off

_MOST_NAMED = 30


@dataclass
class EndedAgain:
    """What a restore had to end once more, by name."""

    people: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    let_in_since: list[str] = field(default_factory=list)
    """Who was let in again after the backup, and is out as in it."""

    def sentences(self) -> list[str]:
        """Return what the operator reads."""
        lines = []
        if self.people:
            lines.append(f"Shut out again, as they were after the backup: {in_series(self.people)}.")
        if self.accounts:
            lines.append(f"Taken off their owners again: {in_series(self.accounts)}.")
        if self.keys:
            lines.append(f"Revoked again: {counted(len(self.keys), 'API key')}, {in_series(self.keys)}.")
        if self.let_in_since:
            names = in_series(self.let_in_since)
            lines.append(
                f"Let in again only after the backup, so out now: {names}. See `dogwatch user activate`."
            )
        return lines


def end_again(uow: UnitOfWork, endings: Sequence[Ending], now: datetime) -> EndedAgain:
    """End once more what was ended since the backup; what the backup does not know is passed over."""
    again = EndedAgain()
    people = {person.id: person for person in uow.people.everybody()}
    for ending in endings:
        person = people.get(PersonId(ending.id))
        match ending.what:
            case Ended.PERSON if person is not None:
                _end_person(uow, person, ending, now, again)
            case Ended.ACCOUNT if person is not None and ending.is_over:
                _end_account(uow, person, ending, now, again)
            case Ended.KEY if ending.is_over:
                _end_key(uow, ending, now, again)
    return again


def who_may_decide(people: Sequence[Person]) -> str:
    """Return who is let in and has a role, for an operator to look through."""
    active = [person for person in people if person.is_active and person.roles]
    named = [f"{one.id} ({', '.join(sorted(one.roles))})" for one in sorted(active, key=lambda one: one.id)]
    more = f"; {len(named) - _MOST_NAMED} more: `dogwatch user list`" if len(named) > _MOST_NAMED else ""
    return "; ".join(named[:_MOST_NAMED]) + more


def _end_person(uow: UnitOfWork, person: Person, ending: Ending, now: datetime, again: EndedAgain) -> None:
    if not ending.is_over:
        if not person.is_active:
            again.let_in_since.append(person.id)
        return
    if not ending.is_of_file:
        shut_out(uow, person.id, now)
    if not person.is_active:
        return
    uow.people.save(person.model_copy(update={"is_active": False}))
    take_from_incidents(uow, person, now)
    _record(uow, now, AuditAct.PERSON_CHANGED, f"person/{person.id}", {"active": "False"})
    again.people.append(f"{person.name} ({person.id})")


def _end_account(uow: UnitOfWork, person: Person, ending: Ending, now: datetime, again: EndedAgain) -> None:
    for account in uow.people.accounts_of(person.id):
        if mark_of(account, person.id) != ending.account:
            continue
        uow.people.unlink(account)
        take_off(uow, account, person.id, now)
        facts = {"platform": account.platform.value}
        _record(uow, now, AuditAct.ACCOUNT_UNLINKED, f"person/{person.id}", facts)
        again.accounts.append(f"{account.platform}:{account.workspace}:{account.user} ({person.id})")


def _end_key(uow: UnitOfWork, ending: Ending, now: datetime, again: EndedAgain) -> None:
    key = uow.api_keys.find(ending.id)
    if key is None or key.revoked_at is not None:
        return
    uow.api_keys.save(key.model_copy(update={"revoked_at": now}))
    _record(uow, now, AuditAct.KEY_CHANGED, f"api-key/{key.id}", {"revoked": "yes"})
    again.keys.append(f"{key.id} ({key.name})")


def _record(uow: UnitOfWork, now: datetime, act: AuditAct, subject: str, facts: dict[str, str]) -> None:
    facts = facts | {"by": "restore"}
    uow.audit.append(AuditEntry(at=now, act=act, actor="dogwatch", subject=subject, facts=facts))

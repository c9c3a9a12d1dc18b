"""People, roles, teams and accounts from a file; read at every start, and the file wins."""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.audit import AuditAct, AuditEntry
from domain.chat import Account
from domain.errors import BadInput
from domain.people import ChatIdentity, Person
from domain.ports.transactions import UnitOfWork
from runtime.settings_errors import unreadable_yaml

SHIPPED_PEOPLE = Path(__file__).parent / "shipped" / "people.yaml"


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
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return [_entry(raw) for raw in document.get("people", [])]
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


def keep_people(entries: list[PersonEntry], uow: UnitOfWork, now: datetime) -> None:
    """Store people and accounts; what changed is recorded."""
    known = {person.id: person for person in uow.people.everybody()}
    for entry in entries:
        if known.get(entry.person.id) != entry.person:
            uow.people.save(entry.person)
            roles = ",".join(sorted(entry.person.roles))
            uow.audit.append(
                AuditEntry(
                    at=now,
                    act=AuditAct.PERSON_CHANGED,
                    actor="dogwatch",
                    subject=f"person/{entry.person.id}",
                    facts={"roles": roles, "active": str(entry.person.is_active), "by": "people file"},
                )
            )
        for account in entry.accounts:
            if uow.people.find_person(account) is None:
                uow.people.link(ChatIdentity(account=account, person=entry.person.id, linked_at=now))


def _entry(raw: dict[str, Any]) -> PersonEntry:
    accounts = raw.pop("accounts", [])
    return PersonEntry.model_validate({"person": raw, "accounts": accounts})

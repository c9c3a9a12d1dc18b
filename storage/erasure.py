"""Erase a person: names, addresses and accounts vanish everywhere but in what must stay exact.

The audit chain, orders and approved plans name people by id only, so they stay as they are and still verify.
"""

import json
import re
from datetime import datetime

from sqlalchemy import Column, Connection, Select, String, Table, delete, or_, select, update
from sqlmodel import AutoString

from domain.acts.incident_leavers import take_from_incidents
from domain.identity.people import Person
from domain.ids import PersonId
from domain.proof.audit import AuditAct, AuditEntry
from storage import tables
from storage.engine import Database
from storage.statements import table_of
from storage.tables.notices import ContactRow
from storage.tables.people import IdentityRow
from storage.unit_of_work import SqlTransactions

ERASED = "an erased person"
_EXACT = frozenset({"audit_entries", "orders", "plan_versions", "alembic_version"})
_SHORTEST = 3


def erase_person(database: Database, transactions: SqlTransactions, person: PersonId, now: datetime) -> None:
    """Take a person's name, address, accounts and rights away; their id stays in the trail.

    Raises:
        NotFound: Nobody has this id.
    """
    with transactions.reading() as uow:
        found = uow.people.get(person)
    # First what names them: killed in between, a second run still knows by what names.
    with database.writing() as connection:
        accounts = table_of(IdentityRow)
        connection.execute(delete(accounts).where(accounts.c.person == person))
        confirmed = table_of(ContactRow)
        connection.execute(delete(confirmed).where(confirmed.c.person == person))
        for word in (found.name, found.email, found.phone):
            # Addresses mean the same in small letters; a name in small letters is a word, or somebody's id.
            for spelling in {word, word.lower()} if "@" in word else {word}:
                if len(word) >= _SHORTEST and word != ERASED:
                    _replace_everywhere(connection, spelling)
    with transactions.writing() as uow:
        erased = Person(id=person, name=ERASED, is_active=False)
        uow.people.save(erased)
        take_from_incidents(uow, erased, now)
        uow.sign_ins.end_sign_ins_of(person, now)
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.PERSON_CHANGED,
                actor="command line",
                subject=f"person/{person}",
                facts={"erased": "true"},
            )
        )


def _replace_everywhere(connection: Connection, word: str) -> None:
    told = _whole(word)
    for table in _tables():
        keys = list(table.primary_key.columns)
        for column in _texts(table) if table.name not in _EXACT else ():
            if column.primary_key:
                continue
            for text, *key in connection.execute(_holding(column, word).add_columns(*keys)).all():
                here = (one == value for one, value in zip(keys, key, strict=True))
                connection.execute(update(table).where(*here).values({column.name: told.sub(ERASED, text)}))


def _texts(table: Table) -> list[Column[str]]:
    return [column for column in table.columns if isinstance(column.type, String | AutoString)]


def _holding(column: Column[str], word: str) -> Select[str]:
    """Return the question for the texts that hold a word; LIKE heeds capitals on PostgreSQL only."""
    within = [column.contains(form, autoescape=True) for form in _forms(word)]
    return select(column).where(or_(*within))


def _whole(word: str) -> re.Pattern[str]:
    """Return the word standing alone: Ana is not erased from an analysis."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _forms(word)))})(?!\w)")


def _forms(word: str) -> set[str]:
    """Return how a word stands in a text, and in one that is written as JSON."""
    return {word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1]}


def _tables() -> list[Table]:
    metadata = tables.people.PersonRow.metadata  # importing the package registered every table
    return list(metadata.sorted_tables)

"""Erase a person: names, addresses and accounts vanish everywhere but in what must stay exact.

The audit chain, orders and approved plans name people by id only, so they stay as they are and still verify.
"""

from datetime import datetime

from sqlalchemy import Connection, String, Table, delete, func, select, update

from domain.audit import AuditAct, AuditEntry
from domain.ids import PersonId
from domain.people import Person
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
    with transactions.writing() as uow:
        found = uow.people.get(person)
        uow.people.save(Person(id=person, name=ERASED, is_active=False))
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.PERSON_CHANGED,
                actor="command line",
                subject=f"person/{person}",
                facts={"erased": "true"},
            )
        )
    with database.writing() as connection:
        accounts = table_of(IdentityRow)
        connection.execute(delete(accounts).where(accounts.c.person == person))
        confirmed = table_of(ContactRow)
        connection.execute(delete(confirmed).where(confirmed.c.person == person))
        for word in (found.name, found.email, found.phone):
            if len(word) >= _SHORTEST:
                _replace_everywhere(connection, word)


def still_names(connection: Connection, word: str) -> list[str]:
    """Return the columns in which a word still stands, the audit chain included."""
    return [
        f"{table.name}.{column.name}"
        for table in _tables()
        for column in table.columns
        if isinstance(column.type, String)
        and connection.execute(select(func.count()).where(column.contains(word, autoescape=True))).scalar()
    ]


def _replace_everywhere(connection: Connection, word: str) -> None:
    for table in _tables():
        if table.name in _EXACT:
            continue
        for column in table.columns:
            if isinstance(column.type, String) and not column.primary_key:
                connection.execute(
                    update(table)
                    .where(column.contains(word, autoescape=True))
                    .values({column.name: func.replace(column, word, ERASED)})
                )


def _tables() -> list[Table]:
    metadata = tables.people.PersonRow.metadata  # importing the package registered every table
    return list(metadata.sorted_tables)

"""People, accounts and link codes in SQL; mail addresses and phone numbers are sealed."""

import json
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, bindparam, delete, select

from domain.errors import NotAllowed, NotFound
from domain.identity.chat import Account, Platform
from domain.identity.people import ChatIdentity, LinkCode, Person
from domain.ids import PersonId
from storage.documents import documents_in, joined
from storage.prepared import Prepared
from storage.sealing import Place, Sealer
from storage.statements import insert_once, put, table_of
from storage.tables.people import IdentityRow, LinkCodeRow, PersonRow

_PEOPLE = table_of(PersonRow)
_IDENTITIES = table_of(IdentityRow)
_CODES = table_of(LinkCodeRow)
_SEALED = ("email", "phone")
_OWNER = Prepared(
    lambda _: (
        select(_PEOPLE.c.document)
        .join(_IDENTITIES, _IDENTITIES.c.person == _PEOPLE.c.id)
        .where(
            _IDENTITIES.c.platform == bindparam("platform"),
            _IDENTITIES.c.workspace == bindparam("workspace"),
            _IDENTITIES.c.account == bindparam("account"),
        )
    )
)
_ONE = Prepared(lambda _: select(_PEOPLE.c.document).where(_PEOPLE.c.id == bindparam("person")))
_EVERYBODY = Prepared(lambda _: select(joined(_PEOPLE.c.document)))


@lru_cache(maxsize=2_000)
def _read(document: str, sealer: Sealer) -> Person:
    # Remembered by what was just read, so it is never older than the question.
    stored = json.loads(document)
    opened = {name: sealer.open(_place(name, stored["id"]), stored.get(name) or "") for name in _SEALED}
    return Person.model_validate(stored | opened)


@lru_cache(maxsize=4)
def _everybody(documents: str, sealer: Sealer) -> tuple[Person, ...]:
    people = (_read(document, sealer) for document in documents_in(documents))
    return tuple(sorted(people, key=lambda person: (person.name, person.id)))


def _place(column: str, person: str) -> Place:
    return Place("people", column, person)


class SqlPeople:
    """Implements `PeopleStore` on one transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def find_person(self, account: Account) -> Person | None:
        """Return who owns the account, or None for a visitor."""
        row = _OWNER.scalar(
            self._connection,
            platform=account.platform.value,
            workspace=account.workspace,
            account=account.user,
        )
        return None if row is None else _read(row, self._sealer)

    def get(self, person: PersonId) -> Person:
        """Return the person; raises `NotFound`."""
        row = _ONE.scalar(self._connection, person=person)
        if row is None:
            raise NotFound(f"person {person}", say="I don't know that person.")
        return _read(row, self._sealer)

    def those(self, people: Collection[PersonId]) -> dict[PersonId, Person]:
        """Return the people of these ids whom we know, in one question."""
        named = select(_PEOPLE.c.document).where(_PEOPLE.c.id.in_(sorted(set(people))))
        found = (_read(document, self._sealer) for document in self._connection.execute(named).scalars())
        return {person.id: person for person in found}

    def everybody(self) -> list[Person]:
        """Return all people, by name."""
        return list(_everybody(_EVERYBODY.scalar(self._connection) or "", self._sealer))

    def save(self, person: Person) -> None:
        """Add or replace a person."""
        # Sets have no order of their own; sorted, the stored text is the same for the same person.
        sets = {name: sorted(getattr(person, name)) for name in ("roles", "teams", "vouched")}
        kept = person.model_dump(mode="json") | sets
        sealed = {name: self._sealer.seal(_place(name, person.id), kept[name]) for name in _SEALED}
        document = json.dumps(kept | sealed, ensure_ascii=False, separators=(",", ":"))
        put(self._connection, _PEOPLE, {"id": person.id, "name": person.name, "document": document})

    def stale(self) -> list[Person]:
        """Return the people whose addresses the newest key did not seal; every address is opened for it."""
        self._sealer.refresh()
        found = []
        for document in documents_in(_EVERYBODY.scalar(self._connection)):
            stored, person = json.loads(document), _read(document, self._sealer)
            if not all(self._sealer.is_current(stored.get(name) or "") for name in _SEALED):
                found.append(person)
        return found

    def seal_again(self) -> int:
        """Seal with the newest key what is not; returns how many people that was."""
        people = self.stale()
        for person in people:
            self.save(person)
        return len(people)

    def link(self, identity: ChatIdentity) -> None:
        """Join an account to a person; raises `NotAllowed` when another person owns it."""
        account = identity.account
        inserted = insert_once(
            self._connection,
            _IDENTITIES,
            {
                "platform": account.platform.value,
                "workspace": account.workspace,
                "account": account.user,
                "person": identity.person,
                "linked_at": identity.linked_at,
            },
        )
        owner = self.find_person(account)
        if not inserted and owner is not None and owner.id != identity.person:
            raise NotAllowed(
                "account belongs to somebody else",
                say="This account already belongs to another person.",
                next_step="An administrator can take it off them first.",
            )

    def unlink(self, account: Account) -> bool:
        """Take an account off whoever owns it; False when nobody does."""
        this = (
            _IDENTITIES.c.platform == account.platform.value,
            _IDENTITIES.c.workspace == account.workspace,
            _IDENTITIES.c.account == account.user,
        )
        return self._connection.execute(delete(_IDENTITIES).where(*this)).rowcount > 0

    def accounts_of(self, person: PersonId) -> list[Account]:
        """Return the person's accounts."""
        rows = self._connection.execute(
            select(_IDENTITIES.c.platform, _IDENTITIES.c.workspace, _IDENTITIES.c.account)
            .where(_IDENTITIES.c.person == person)
            .order_by(_IDENTITIES.c.platform, _IDENTITIES.c.workspace, _IDENTITIES.c.account)
        )
        return [Account(platform=Platform(p), workspace=w, user=u) for p, w, u in rows]


class SqlLinkCodes:
    """Implements `LinkCodeStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, code: LinkCode) -> None:
        """Add or replace a code."""
        put(
            self._connection,
            _CODES,
            {
                "code_hash": code.code_hash,
                "expires_at": code.expires_at,
                "is_used": code.is_used,
                "document": code.model_dump_json(),
            },
        )

    def open_codes(self, now: datetime) -> list[LinkCode]:
        """Return the codes that can still be used, locked: of two that use one at once, one finds none."""
        rows = self._connection.execute(
            select(_CODES.c.document)
            .where(_CODES.c.expires_at > now, _CODES.c.is_used.is_(False))
            .order_by(_CODES.c.code_hash)
            .with_for_update()
        )
        return [LinkCode.model_validate_json(document) for (document,) in rows]

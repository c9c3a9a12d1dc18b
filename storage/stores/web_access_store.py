"""Passwords, sign-ins and API keys in SQL."""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from domain.identity.web_access import ApiKey, Password, Scope, SignIn
from domain.ids import PersonId
from storage.statements import put, table_of
from storage.tables.web_access import ApiKeyRow, PasswordRow, SignInRow

_PASSWORDS = table_of(PasswordRow)
_SIGN_INS = table_of(SignInRow)
_KEYS = table_of(ApiKeyRow)


class SqlWebAccess:
    """Implements `WebAccessStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def password_of(self, person: PersonId) -> Password | None:
        """Return the person's password record, or None when they have none."""
        found = select(_PASSWORDS.c.document).where(_PASSWORDS.c.person == person)
        row = self._connection.execute(found).scalar()
        return None if row is None else Password.model_validate_json(row)

    def save_password(self, password: Password) -> None:
        """Add or replace it."""
        values = {"person": password.person, "document": password.model_dump_json()}
        put(self._connection, _PASSWORDS, values)

    def sign_in(self, sid: str) -> SignIn | None:
        """Return a sign-in, or None."""
        row = self._connection.execute(select(_SIGN_INS.c.document).where(_SIGN_INS.c.sid == sid)).scalar()
        return None if row is None else SignIn.model_validate_json(row)

    def save_sign_in(self, sign_in: SignIn) -> None:
        """Add or replace it."""
        values = {"sid": sign_in.sid, "person": sign_in.person, "document": sign_in.model_dump_json()}
        put(self._connection, _SIGN_INS, values | {"began_at": sign_in.began_at})

    def forget_sign_ins(self, before: datetime) -> int:
        """Remove the sign-ins that began before a moment; return how many."""
        return self._connection.execute(delete(_SIGN_INS).where(_SIGN_INS.c.began_at < before)).rowcount

    def end_sign_ins_of(self, person: PersonId, now: datetime) -> int:
        """End every sign-in of a person that has not ended; return how many."""
        rows = self._connection.execute(select(_SIGN_INS.c.document).where(_SIGN_INS.c.person == person))
        found = [SignIn.model_validate_json(document) for (document,) in rows]
        live = [one for one in found if one.ended_at is None]
        for one in live:
            self.save_sign_in(one.model_copy(update={"ended_at": now}))
        return len(live)

    def end_every_sign_in(self) -> None:
        """Sign everybody out."""
        self._connection.execute(delete(_SIGN_INS))


class SqlApiKeys:
    """Implements `ApiKeyStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, key_id: str) -> ApiKey | None:
        """Return the key, or None."""
        row = self._connection.execute(select(_KEYS.c.document).where(_KEYS.c.id == key_id)).scalar()
        return None if row is None else ApiKey.model_validate_json(row)

    def save(self, key: ApiKey) -> None:
        """Add or replace it."""
        # Sets have no order of their own; sorted, the stored text is the same for the same key.
        kept = key.model_dump(mode="json") | {"scopes": sorted(Scope(scope) for scope in key.scopes)}
        document = ApiKey.model_validate(kept).model_dump_json()
        put(self._connection, _KEYS, {"id": key.id, "created_at": key.created_at, "document": document})

    def every(self) -> list[ApiKey]:
        """Return all keys, newest first."""
        rows = self._connection.execute(select(_KEYS.c.document).order_by(_KEYS.c.created_at.desc()))
        return [ApiKey.model_validate_json(document) for (document,) in rows]

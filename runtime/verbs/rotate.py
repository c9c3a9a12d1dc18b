"""The verb around keys of our own: let a new one take the place of another, while nothing runs.

What the former key signed or sealed stays good; `sessions` alone ends what it signed. Processes read their
keys at the start, so one that ran on would not know the key of the others.
"""

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from domain.counting import in_series
from domain.errors import BadInput, NotNow
from domain.proof.audit import AuditAct, AuditEntry
from runtime.keys import KeyFolder
from runtime.ports import only_one
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from storage.engine import Database
from storage.neighbours import is_open_elsewhere, machines_beside

_EVERY = 1_000
"""Stories live for months, and what is closed is still read: their keys all stay."""


@dataclass(frozen=True)
class _Secret:
    purpose: str
    former: int
    """How many of those before it stay believed."""
    then: str


class _Tried(Exception):  # noqa: N818  nothing is wrong
    """Undoes an entry that was only tried."""


_SIGNERS = {
    "audit": "The audit trail goes on with it, as an entry of its own says; what the former key signed still"
    " verifies. Give whoever verifies exports the new keys/audit.trusted.json.",
    "orders": "Runners elsewhere: copy keys/orders.trusted.json to them, and start them before the house.",
    "backup": "It signs backups from now on; earlier ones are still believed.",
}
_SECRETS = {
    # One week is as long as a button works, so the next rotation finds no token of the one before the last.
    "buttons": _Secret(
        "action-tokens", 1, "Open cards still work. Their old buttons stop when you rotate once more."
    ),
    "stories": _Secret(
        "temporal-payloads",
        _EVERY,
        "Open stories go on. Runners elsewhere: copy keys/temporal-payloads.secret to them, and start them.",
    ),
    "sessions": _Secret("web-session", 0, "Everybody signs in to the pages again."),
}


def run_rotate(parsed: argparse.Namespace) -> int:
    """Make a new key of a kind, write it into the audit trail, and say what is to be done next."""
    settings = Settings()
    _refuse_without_house(settings)
    _refuse_beside_others(settings, frozenset(parsed.pooler))
    stores = open_stores(settings)
    with _alone(settings, is_sqlite=stores.database.is_sqlite):
        _refuse_without_trail(stores, parsed.what)
        new = _renewed(stores.keys, parsed.what)
        stores.database.close()
        after = open_stores(settings)  # the entry about a new audit key is signed by it
        with after.transactions.writing() as uow:
            uow.audit.append(_entry(after, new, parsed.what))
        after.database.close()
    then = _SIGNERS.get(parsed.what) or _SECRETS[parsed.what].then
    print(f"Key {new} serves for {parsed.what} from the next start on. {then}")
    print("Copy the keys folder to its safe place again.")
    return 0


def _refuse_without_house(settings: Settings) -> None:
    """A new key in a folder that nobody uses would look like a rotation and be none."""
    data = settings.data_dir.resolve()
    if not (data / "keys").is_dir():
        raise BadInput(
            f"no keys in {data}",
            say=f"There is no house in {data}, so there is no key to replace.",
            next_step="Run this in the folder that Dogwatch is started from, or set DOGWATCH_DATA_DIR.",
        )


def _refuse_beside_others(settings: Settings, poolers: frozenset[str]) -> None:
    """Several processes may share a database there, each on a machine and with a folder of its own.

    A pooler's connections tell nothing of who is behind it; whoever names one answers for that themselves.
    """
    database = Database(settings.database_url())
    try:
        machines = [one for one in machines_beside(database) if one not in poolers]
        if is_open_elsewhere(
            database
        ):  # a worker beside the house, or a house that another folder's lock keeps
            raise _beside_a_house()
    finally:
        database.close()
    if machines:
        raise NotNow(
            "rotate beside running processes",
            say=f"Dogwatch is connected to its database from {in_series(machines)}, and what runs there would"
            " not know the new key.",
            next_step="Stop every process of it, rotate, and start them again. Is it a pooler that keeps"
            f" connections after they ended? When nothing runs behind it, add --pooler {machines[0]}.",
        )


def _refuse_without_trail(stores: Stores, what: str) -> None:
    """Raise what keeps the trail from taking the entry, while the former key still serves.

    Whoever tried again after a key that no entry tells of would put the one before it out of use.
    """
    with contextlib.suppress(_Tried), stores.transactions.writing() as uow:
        uow.audit.append(_entry(stores, "tried", what))
        raise _Tried


def _entry(stores: Stores, key: str, what: str) -> AuditEntry:
    return AuditEntry(
        at=stores.clock.now(),
        act=AuditAct.KEY_CHANGED,
        actor="command line",
        subject=f"key/{key}",
        facts={"serves": what},
    )


def _renewed(keys: KeyFolder, what: str) -> str:
    if what in _SIGNERS:
        return keys.renew_signer(what)
    secret = _SECRETS[what]
    return keys.renew_secret(secret.purpose, former=secret.former)


@contextlib.contextmanager
def _alone(settings: Settings, *, is_sqlite: bool) -> Iterator[None]:
    if not is_sqlite:  # several processes may share a folder there; the database has told of them
        yield
        return
    try:
        lock = only_one(settings.data_dir.resolve())
    except NotNow as error:
        raise _beside_a_house() from error
    with lock:
        yield


def _beside_a_house() -> NotNow:
    return NotNow(
        "rotate beside a running house",
        say="Dogwatch runs on this data folder, and its processes would not know the new key.",
        next_step="Stop it, rotate, and start it again.",
    )

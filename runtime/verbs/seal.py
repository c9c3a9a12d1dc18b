"""The verb around sealed columns: let a new key take over while the house runs."""

import argparse

from domain.proof.audit import AuditAct, AuditEntry
from runtime.settings.house import Settings
from runtime.wiring.stores import COLUMNS, open_stores, seal_what_is_not


def run_seal(parsed: argparse.Namespace) -> int:
    """Add a key that seals addresses from now on, and seal with it what older keys sealed."""
    stores = open_stores(Settings())
    new = stores.keys.add_sealing(COLUMNS)
    with stores.transactions.writing() as uow:
        uow.audit.append(
            AuditEntry(
                at=stores.clock.now(),
                act=AuditAct.KEY_CHANGED,
                actor="command line",
                subject=f"key/{new}",
                facts={"seals": "people.email people.phone"},
            )
        )
    count = seal_what_is_not(stores.transactions)
    print(f"Key {new} seals addresses from now on; sealed anew: {count}.")
    print("Older keys stay in the keys folder, for backups made before; copy it again to its safe place.")
    return 0

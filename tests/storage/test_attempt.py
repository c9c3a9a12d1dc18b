"""Part of a transaction can be undone alone, and the audit chain stays whole."""

from datetime import UTC, datetime

import pytest

from domain.proof.audit import AuditAct, AuditEntry
from runtime.keys import KeyFolder
from storage.audit.audit_verify import rows_of, verify
from storage.engine import Database
from storage.unit_of_work import SqlTransactions


def _entry(number: int) -> AuditEntry:
    return AuditEntry(
        at=datetime(2026, 1, 1, tzinfo=UTC), act=AuditAct.REFUSED, actor="ann", subject=f"act/{number}"
    )


@pytest.mark.proves("D2", "L1")
def test_an_act_undone_in_a_group_leaves_the_others_and_a_whole_chain(
    database: Database, transactions: SqlTransactions, keys: KeyFolder
) -> None:
    with transactions.writing() as uow:
        with uow.attempt():
            uow.audit.append(_entry(1))
        with pytest.raises(ValueError, match="undone"), uow.attempt():  # noqa: PT012  the undoing is the test
            uow.audit.append(_entry(2))
            raise ValueError("undone")
        with uow.attempt():
            uow.audit.append(_entry(3))

    report = verify(rows_of(database), [], keys.ring("audit"))

    assert report.is_whole, report.trouble
    assert report.entries == 2

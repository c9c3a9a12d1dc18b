"""One case is kept for each incident, as it came."""

from datetime import UTC, datetime

from domain.ids import IncidentId
from domain.ports.incident_stores import KeptCase
from storage.unit_of_work import SqlTransactions

_AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


def test_a_newer_case_takes_the_place_of_the_former_and_can_be_forgotten(
    transactions: SqlTransactions,
) -> None:
    one, other = IncidentId("i1"), IncidentId("i2")
    newer = KeptCase(one, 2, _AT, bytes(range(256)) * 4_000)

    with transactions.writing() as uow:
        uow.kept_cases.keep(KeptCase(one, 1, _AT, b"first"))
        uow.kept_cases.keep(newer)
        uow.kept_cases.keep(KeptCase(other, 1, _AT, b"other"))
        uow.kept_cases.forget(other)
    with transactions.reading() as uow:
        found, gone = uow.kept_cases.find(one), uow.kept_cases.find(other)

    assert found == newer
    assert gone is None

"""A plan that was kept in a database is, byte for byte, the plan that people approve."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ids import PersonId, RequestId
from domain.remediation.fixes import PlanVersion
from domain.remediation.plans import plan_bytes, subject_hash
from storage.unit_of_work import SqlTransactions
from tests.remediation.plans import NOW, a_plan

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUES = st.one_of(st.booleans(), st.integers(-(2**53), 2**53), TEXT, st.lists(TEXT, max_size=3).map(tuple))
_REVISIONS = itertools.count(1)


@pytest.mark.proves("A2")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters=st.dictionaries(TEXT, VALUES, max_size=6), title=TEXT)
def test_a_plan_has_the_same_hash_before_and_after_either_database(
    transactions: SqlTransactions, parameters: dict[str, Any], title: str
) -> None:
    revision, fix = next(_REVISIONS), RequestId("p1")
    plan = a_plan(parameters=parameters, title=title)
    version = PlanVersion(fix=fix, revision=revision, plan=plan, made_by=PersonId("ana"), made_at=NOW)

    with transactions.writing() as uow:
        uow.plans.save(version)
    with transactions.reading() as uow:
        back = uow.plans.get(fix, revision).plan

    assert plan_bytes(back) == plan_bytes(plan)
    assert subject_hash(back, "0" * 64, "policy") == subject_hash(plan, "0" * 64, "policy")

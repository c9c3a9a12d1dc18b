"""How long an override lives, and until when somebody else has to have reviewed it."""

from datetime import timedelta

import pytest

from domain.ids import PersonId, RequestId
from domain.remediation.fixes import Override
from tests.domain.builders import HASH, NOW

_BROKEN = Override(
    id="o1",
    fix=RequestId("f1"),
    revision=1,
    person=PersonId("erin"),
    reason="orders stand still",
    press="p1",
    subject_hash=HASH,
    at=NOW,
)


@pytest.mark.proves("A16")
def test_a_review_is_overdue_from_the_moment_that_it_was_due() -> None:
    due = NOW + timedelta(hours=24)

    assert not _BROKEN.is_overdue(due - timedelta(microseconds=1))
    assert _BROKEN.is_overdue(due)


@pytest.mark.proves("A16")
def test_what_somebody_else_reviewed_is_never_overdue() -> None:
    reviewed = _BROKEN.model_copy(update={"reviewed_by": PersonId("ada")})

    assert not reviewed.is_overdue(NOW + timedelta(days=30))


def test_an_override_starts_within_an_hour_or_not_at_all() -> None:
    assert _BROKEN.expires_at == NOW + timedelta(hours=1)

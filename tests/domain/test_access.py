"""Person times act: complete, and an act without a row is denied."""

import pytest

from domain.errors import NotAllowed
from domain.identity.access import OPEN_TO_VISITORS, ROLES_FOR, Act, may, require
from domain.identity.people import Role
from tests.domain.builders import a_person


@pytest.mark.proves("I7")
def test_every_act_has_a_row() -> None:
    assert set(ROLES_FOR) == set(Act)


@pytest.mark.proves("I7")
@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_exactly_what_its_row_says(act: Act, role: Role) -> None:
    assert may(a_person("kim", role), act) is (role in ROLES_FOR[act])


@pytest.mark.parametrize("act", list(Act))
def test_a_deactivated_person_may_nothing(act: Act) -> None:
    assert not may(a_person("kim", *Role, is_active=False), act)


@pytest.mark.parametrize("act", list(Act))
def test_a_visitor_may_only_ask(act: Act) -> None:
    assert may(None, act) is (act in OPEN_TO_VISITORS)


def test_a_visitor_is_told_how_to_link() -> None:
    with pytest.raises(NotAllowed) as refused:
        require(None, Act.DECIDE)

    assert "link" in refused.value.next_step


def test_a_refusal_names_the_roles_that_may() -> None:
    with pytest.raises(NotAllowed) as refused:
        require(a_person("sam", Role.STREAM_TEAM), Act.FREEZE)

    assert "approver" in refused.value.say


def test_a_deactivated_person_is_told_so_and_not_which_role_is_lacking() -> None:
    with pytest.raises(NotAllowed) as refused:
        require(a_person("kim", *Role, is_active=False), Act.DECIDE)

    assert "deactivated" in refused.value.say

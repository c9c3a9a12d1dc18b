"""How long a sign-in, a lock and a key last: each to the second."""

from datetime import timedelta

import pytest

from domain.errors import BadInput
from domain.identity.chat import Platform
from domain.identity.web_access import Guesses, Scope, SignIn, is_fresh, new_key
from domain.ids import PersonId
from tests.domain.builders import NOW

SECOND = timedelta(seconds=1)
READS = frozenset({Scope.READ})


@pytest.mark.proves("I4")
def test_a_sign_in_on_the_web_is_fresh_for_a_quarter_of_an_hour_and_other_doors_vouch_for_every_act() -> None:
    quarter = timedelta(minutes=15)

    assert is_fresh(Platform.WEB, NOW - quarter, NOW)
    assert not is_fresh(Platform.WEB, NOW - quarter - SECOND, NOW)
    assert not is_fresh(Platform.WEB, None, NOW)
    assert is_fresh(Platform.SLACK, None, NOW)


def test_a_sign_in_ends_when_nobody_is_there_and_at_the_end_of_the_day() -> None:
    began = SignIn(sid="s", person=PersonId("erin"), method="password", began_at=NOW, seen_at=NOW)
    busy = began.model_copy(update={"seen_at": NOW + timedelta(hours=11)})

    assert began.is_live(NOW + timedelta(hours=2) - SECOND)
    assert not began.is_live(NOW + timedelta(hours=2))
    assert busy.is_live(NOW + timedelta(hours=12) - SECOND)
    assert not busy.is_live(NOW + timedelta(hours=12))
    assert not began.model_copy(update={"ended_at": NOW}).is_live(NOW)


@pytest.mark.proves("I4")
def test_a_clock_that_ran_ahead_for_a_while_leaves_no_sign_in_that_outlives_the_others() -> None:
    ahead = NOW + timedelta(days=365)
    began = SignIn(sid="s", person=PersonId("erin"), method="password", began_at=ahead, seen_at=ahead)

    assert not began.is_live(NOW)
    assert not is_fresh(Platform.WEB, ahead, NOW)
    assert is_fresh(Platform.WEB, NOW + timedelta(seconds=20), NOW)  # as far as two machines may differ
    assert began.model_copy(update={"began_at": NOW, "seen_at": NOW + 20 * SECOND}).is_live(NOW)
    assert not began.model_copy(update={"began_at": NOW, "seen_at": NOW + timedelta(hours=3)}).is_live(NOW)


@pytest.mark.proves("I5")
def test_every_fifth_wrong_guess_locks_for_a_quarter_of_an_hour() -> None:
    guesses, locked = Guesses(), []
    for _ in range(11):
        guesses = guesses.after_wrong(NOW)
        locked.append(guesses.locked_until is not None)

    assert locked == [False] * 4 + [True] * 7
    assert guesses.is_locked(NOW + timedelta(minutes=15) - SECOND)
    assert not guesses.is_locked(NOW + timedelta(minutes=15))
    later = NOW + timedelta(hours=1)
    again = guesses.model_copy(update={"wrong": 9}).after_wrong(later)
    assert again.locked_until == later + timedelta(minutes=15)


def test_a_key_opens_its_scope_until_it_ends_or_is_revoked() -> None:
    key, text = new_key("board", PersonId("erin"), READS, NOW, timedelta(days=1))
    secret = text.removeprefix(f"dwk_{key.id}_")

    assert key.lets_in(secret, Scope.READ, NOW + timedelta(days=1) - SECOND)
    assert not key.lets_in(secret, Scope.READ, NOW + timedelta(days=1))
    assert not key.lets_in(secret, Scope.INTAKE, NOW)
    assert not key.lets_in(f"{secret}x", Scope.READ, NOW)
    assert not key.model_copy(update={"revoked_at": NOW}).lets_in(secret, Scope.READ, NOW)
    assert key.secret_hash not in text


@pytest.mark.parametrize(
    ("scopes", "life"),
    [
        (frozenset[Scope](), timedelta(days=1)),
        (READS, timedelta(seconds=59)),
        (READS, timedelta(days=366) + SECOND),
    ],
)
def test_a_key_without_scope_or_with_no_sensible_life_is_refused(
    scopes: frozenset[Scope], life: timedelta
) -> None:
    with pytest.raises(BadInput):
        new_key("board", PersonId("erin"), scopes, NOW, life)

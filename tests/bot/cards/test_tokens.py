from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.model import Action
from bot.cards.tokens import LONGEST_TOKEN, TokenMint
from domain.errors import BadInput, NotAllowed, NotNow
from domain.identity.chat import Place, Platform
from tests.bot.cards.builders import NOW, a_mint, a_place, actions, an_action

pytestmark = pytest.mark.proves("A10")
_quick = settings(max_examples=60, deadline=None)


@given(action=actions())
@_quick
def test_a_token_gives_back_what_it_was_made_of(action: Action) -> None:
    stamped = action.model_copy(update={"seen": "cd" * 32, "is_shown_whole": False})

    token = a_mint()(stamped, a_place())
    said = a_mint().read(token, a_place())

    assert len(token) <= LONGEST_TOKEN
    assert (said.verb, said.subject, said.subject_hash) == (action.verb, action.subject, action.subject_hash)
    assert dict(said.arguments) == action.arguments
    assert (said.seen, said.is_shown_whole) == ("cd" * 32, False)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 6))
@_quick
def test_one_flipped_bit_makes_a_token_worthless(at: int, bit: int) -> None:
    token = a_mint()(an_action(subject_hash="ab" * 32), a_place())
    at %= len(token)
    changed = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]

    with pytest.raises(NotAllowed):
        a_mint().read(changed, a_place())


@given(text=st.text(max_size=300))
@_quick
def test_any_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(NotAllowed):
        a_mint().read(text, a_place())


@pytest.mark.parametrize(
    "elsewhere",
    [
        a_place("C2"),
        a_place(platform=Platform.TEAMS),
        Place(platform=Platform.SLACK, workspace="T2", channel="C1"),
        Place(platform=Platform.SLACK, workspace="T1C1", channel=""),
    ],
)
def test_a_token_copied_elsewhere_does_nothing_and_says_why(elsewhere: Place) -> None:
    token = a_mint()(an_action(), a_place())

    with pytest.raises(NotAllowed, match="another place") as refused:
        a_mint().read(token, elsewhere)

    assert "another channel" in refused.value.sentence()


def test_a_token_works_in_every_thread_of_its_channel() -> None:
    token = a_mint()(an_action(), a_place())

    said = a_mint().read(token, a_place().model_copy(update={"thread": "17.1"}))

    assert said.verb == "approve"


def test_parts_of_two_genuine_tokens_do_not_make_a_third() -> None:
    first = a_mint()(an_action(), a_place()).split(".")
    second = a_mint()(an_action("reject", "Reject"), a_place()).split(".")

    with pytest.raises(NotAllowed):
        a_mint().read(".".join([first[0], first[1], second[2]]), a_place())


def test_an_expired_token_is_told_from_a_forged_one() -> None:
    token = a_mint().mint(an_action(), a_place(), NOW + timedelta(minutes=1))
    late = TokenMint({"k1": b"1" * 32}, "k1", clock=lambda: NOW + timedelta(minutes=1))

    with pytest.raises(NotNow) as refused:
        late.read(token, a_place())

    assert "stopped working" in refused.value.sentence()


def test_an_older_key_still_reads_and_a_removed_one_does_not() -> None:
    token = a_mint()(an_action(), a_place())
    both = TokenMint({"k1": b"1" * 32, "k2": b"2" * 32}, "k2", clock=lambda: NOW)
    only_new = TokenMint({"k2": b"2" * 32}, "k2", clock=lambda: NOW)

    assert both.read(token, a_place()).verb == "approve"
    with pytest.raises(NotAllowed):
        only_new.read(token, a_place())


def test_the_same_action_has_another_token_each_time() -> None:
    assert a_mint()(an_action(), a_place()) != a_mint()(an_action(), a_place())


@pytest.mark.parametrize(
    ("rings", "current"), [({}, "k1"), ({"k1": b"short"}, "k1"), ({"k.1": b"1" * 32}, "k.1")]
)
def test_keys_that_cannot_sign_safely_are_refused(rings: dict[str, bytes], current: str) -> None:
    with pytest.raises(ValueError, match="key"):
        TokenMint(rings, current)


def test_more_arguments_than_a_token_holds_are_refused_in_a_sentence() -> None:
    with pytest.raises(BadInput, match="arguments"):
        a_mint()(an_action(arguments={"a": "x" * 300}), a_place())

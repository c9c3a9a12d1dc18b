"""One value, one byte string, one hash."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.proof.canonical import canonical_bytes, digest, strict_loads

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=12,
)


@pytest.mark.proves("A2")
@given(VALUES)
def test_bytes_survive_a_round_trip(value: Any) -> None:
    assert strict_loads(canonical_bytes(value)) == value
    assert canonical_bytes(strict_loads(canonical_bytes(value))) == canonical_bytes(value)


@pytest.mark.proves("A2")
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), LEAVES, min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical_bytes(value) == canonical_bytes(dict(reversed(value.items())))


@pytest.mark.proves("A2")
def test_a_known_value_has_a_known_hash() -> None:
    subject = {"feed": "fx_trades", "steps": ["a", "b"], "count": 2, "note": None}

    assert canonical_bytes(subject) == b'{"count":2,"feed":"fx_trades","note":null,"steps":["a","b"]}'
    assert digest("dogwatch/approval/1", subject) == KNOWN


@pytest.mark.proves("A2")
@pytest.mark.parametrize(
    "value", [1.5, float("nan"), 2**60, {"a": 0.1}, [1, [float("inf")]], {1: "a"}, b"raw", "\ud800"]
)
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(BadInput):
        canonical_bytes(value)


@pytest.mark.proves("A2")
@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":1.0}', '{"a":NaN}', "[1e3]", "{", '{"a":Infinity}'])
def test_json_without_an_exact_form_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        strict_loads(text)


def test_purposes_keep_hashes_apart() -> None:
    assert digest("dogwatch/approval/1", {}) != digest("dogwatch/policy/1", {})


KNOWN = "c5ba1383f96ed469f1328b91676b13ec68b36b4820ea61cbf940577d514ad5c8"

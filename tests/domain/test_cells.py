"""What comes from outside is text in a table that people open, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text.cells import cell_as_written, plain_cell


@pytest.mark.proves("F4")
@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\r=1", "\n=1", "\uff1d1+1", "\uff20SUM(A1)"]
)
def test_a_cell_from_outside_is_never_a_formula(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "+3", "-1e-05", "plain", "", "a=b", "'quoted'"])
def test_numbers_and_texts_stay_as_they_are(text: str) -> None:
    assert plain_cell(text) == text


@given(st.text(alphabet="'=+-@\t\r\n\uff1d\uff0d1.ea", max_size=6))
def test_every_cell_is_read_back_as_it_was_written(text: str) -> None:
    assert cell_as_written(plain_cell(text)) == text

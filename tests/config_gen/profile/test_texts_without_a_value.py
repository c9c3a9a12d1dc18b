"""Words and marks that say that there is no value, in several languages and in columns of texts."""

import pytest

from config_gen.profile import profile
from domain.configuration.profiles import ColumnProfile, ColumnType


def _second(*cells: str) -> ColumnProfile:
    rows = "".join(f"{n};{cell}\n" for n, cell in enumerate(cells))
    return profile(f"nr;wert\n{rows}".encode(), "x.csv").columns[1]


def test_words_of_several_lands_beside_numbers_mean_no_value() -> None:
    found = _second("1,5", "k.A.", "2,5", "n.v.", "3,5", "entfällt", "4,5", "5,5")

    assert found.type is ColumnType.DECIMAL
    assert found.null_values == ("entfällt", "k.A.", "n.v.")


@pytest.mark.parametrize("mark", ["\\N", "<NULL>", "(null)"])
def test_what_dumps_write_for_no_value_means_it_in_texts_too(mark: str) -> None:
    found = _second("Berlin", mark, "Bonn", "Ulm")

    assert found.type is ColumnType.STRING
    assert (found.null_values, found.nulls, found.nullable) == ((mark,), 1, True)


def test_a_bare_null_among_names_counts_once_it_comes_again() -> None:
    assert _second("MEYER", "NULL", "SMITH", "NULL", "LEE").null_values == ("NULL",)
    assert _second("MEYER", "NULL", "SMITH", "LEE").null_values == ()


@pytest.mark.parametrize("word", ["none", "NA", "unknown", "n.v.", "-", "Null"])
def test_words_that_may_be_texts_stay_texts(word: str) -> None:
    assert _second("Berlin", word, "Bonn", word, "Ulm").null_values == ()


def test_codes_beside_a_null_stay_codes() -> None:
    found = _second("0012", "\\N", "0034", "0101", "7702")

    assert (found.type, found.code_of_digits, found.null_values) == (ColumnType.STRING, True, ("\\N",))

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


@pytest.mark.parametrize("words", [("NULL",), ("N/A", "#N/A"), ("\\N", "NULL")])
def test_a_column_of_nothing_but_such_words_is_empty(words: tuple[str, ...]) -> None:
    found = _second(*words, *words, *words)

    assert (found.type, found.nullable, found.enum) == (ColumnType.NULL, True, None)
    assert (found.values, set(found.null_values)) == (0, set(words))


@pytest.mark.parametrize("word", ["none", "NA", "-", "unknown"])
def test_a_column_of_one_word_that_may_be_a_kind_is_not_empty(word: str) -> None:
    assert _second(*[word] * 6).type is not ColumnType.NULL

"""Columns that are called like German words of questions are columns all the same."""

import pytest

from config_gen.correction_words import Said, read_sentence, sentences_of
from domain.configuration.corrections import CorrectionKind


@pytest.mark.parametrize("column", ["Soll", "Ist"])
def test_what_is_said_of_soll_and_ist_is_no_question(column: str) -> None:
    (said,) = sentences_of(f"{column} ist in Cent.")

    assert read_sentence(said) == Said(CorrectionKind.DIVISOR, (column,), "100")


@pytest.mark.parametrize("text", ["ist das in Cent", "Soll amount in Cent sein", "ist amount ist egal"])
def test_what_asks_is_no_order(text: str) -> None:
    assert sentences_of(text) == []


def test_who_names_an_example_renames_nothing() -> None:
    assert read_sentence("nenne preis als beispiel") is None
    assert read_sentence("benenne preis als betrag") == Said(CorrectionKind.NAME, ("preis",), "betrag")
    assert read_sentence("nenne preis in betrag um") == Said(CorrectionKind.NAME, ("preis",), "betrag")

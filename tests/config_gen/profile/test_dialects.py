"""Delimiters, quotes, headers and preambles."""

import pytest

from config_gen.samples.dialect import sniff
from config_gen.samples.header import detect_header


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
def test_the_usual_delimiters_are_found(delimiter: str) -> None:
    rows = [["id", "name", "amount"], ["1", "Ana, the first", "2.5"], ["2", "Jo", "3.5"], ["3", "Kim", "4"]]
    text = (
        "\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in rows)
        + "\n"
    )

    found = sniff(text)

    assert found.dialect.delimiter == delimiter
    assert found.rows == rows


def test_a_decimal_comma_does_not_win_over_the_semicolon() -> None:
    assert sniff("a;b;c\n1,5;33,33;15,55\n2,5;25,44;30,1\n3,5;16,67;45,2\n").dialect.delimiter == ";"


def test_records_with_a_terminator_of_their_own() -> None:
    found = sniff("1+|Ana+|x&|\n2+|Jo+|y&|\n3+|Kim\nB+|z&|\n")

    assert found.dialect.delimiter == "+|"
    assert found.dialect.record_terminator == "&|\n"
    assert len(found.rows) == 3


def test_escaped_quotes() -> None:
    found = sniff('id,said\n1,"she said \\"no\\", twice"\n2,"plain"\n3,"also \\"x\\", y"\n')

    assert found.dialect.escapechar == "\\"
    assert all(len(row) == 2 for row in found.rows)


def test_old_line_ends() -> None:
    assert sniff("a,b\r1,2\r3,4\r").rows == [["a", "b"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("rows", "present", "row"),
    [
        ([["id", "name"], ["1", "Ana"], ["2", "Jo"]], True, 0),
        ([["1", "Ana"], ["2", "Jo"], ["3", "Kim"]], False, 0),
        (
            [
                ["Report of May"],
                ["made by us"],
                ["id", "name", "rate"],
                ["1", "Ana", "2.5"],
                ["2", "Jo", "3.5"],
            ],
            True,
            2,
        ),
        ([["country", "2019", "2020"], ["FR", "5", "7"], ["DE", "6", "9"]], True, 0),
    ],
)
def test_headers_are_told_from_values(rows: list[list[str]], present: bool, row: int) -> None:
    found = detect_header(rows)

    assert (found.present, found.row) == (present, row)

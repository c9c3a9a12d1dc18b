"""Headers below lines that look like records, and lines that look like records below a table."""

import io

import pytest
from openpyxl import Workbook

from config_gen.profile import profile


def _header_row(text: str) -> tuple[bool, int]:
    header = profile(text.encode(), "x.csv").header
    assert header is not None
    return header.present, header.row


def test_years_above_groups_of_columns_are_no_record() -> None:
    rows = "".join(f"R{n % 3},B{n:02},{n},{n + 1},{n + 2},{n + 3}\n" for n in range(20))

    found = profile(f",,2022,2022,2023,2023\nRegion,Branch,Plan,Actual,Plan,Actual\n{rows}".encode(), "x.csv")

    assert [column.name for column in found.columns] == [
        "Region", "Branch", "2022 Plan", "2022 Actual", "2023 Plan", "2023 Actual",
    ]  # fmt: skip
    assert found.records == 20


def test_the_day_of_a_report_above_the_names_of_a_sheet_is_no_record() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Daily positions"], ["as of", "2024-03-01"], ["ISIN", "Qty", "Price"]):
        sheet.append(row)
    for n in range(1, 15):
        sheet.append([f"US{n:010}", n, n * 1.5])
    stream = io.BytesIO()
    book.save(stream)

    found = profile(stream.getvalue(), "positions.xlsx")

    assert [column.name for column in found.columns] == ["ISIN", "Qty", "Price"]
    assert found.records == 14


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"K{n:04},DE,,{n}.5\n" if n % 3 else f"K{n:04},DE,x{n},{n}.5\n" for n in range(1, 30)),
        ",5.5,2024-01-01\n" + "".join(f"unknown,{n}.5,2024-01-{n:02}\n" for n in range(2, 25)),
        "1,,x\n" + "".join(f"{n},a,{'xyz'[n % 3]}\n" for n in range(2, 25)),
    ],
)
def test_a_first_record_with_an_empty_cell_stays_a_record(text: str) -> None:
    assert _header_row(text) == (False, 0)


def test_the_line_that_names_the_fields_of_a_web_server_is_the_header_below_its_other_lines() -> None:
    rows = "".join(f"2024-03-01 10:00:{n:02} GET /x{n} 200\n" for n in range(1, 30))
    top = "#Software: Some Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-03-01 00:00:00\n"

    found = profile(f"{top}#Fields: date time method stem status\n{rows}".encode(), "u_ex.log")

    assert [column.name for column in found.columns] == ["date", "time", "method", "stem", "status"]
    assert found.records == 29


def test_a_note_below_a_table_may_hold_a_comma() -> None:
    rows = "".join(f"R{n},{n}.5\n" for n in range(20))

    found = profile(
        f"region,value\n{rows}\n* provisional\nSource: statistics office, 2024\n".encode(), "x.csv"
    )

    assert (found.records, found.trailer_rows) == (20, 2)


def test_a_record_that_is_called_like_a_note_stays_a_record() -> None:
    rows = "".join(f"R{n},{n}.5\n" for n in range(20))

    assert profile(f"region,value\n{rows}Sources,7.5\n".encode(), "x.csv").records == 21


def test_a_longer_record_about_the_file_stands_above_the_names() -> None:
    top = 'EXTF;700;21;Buchungsstapel;12;20240301120000000;;RE;"";"";1001;10001;20240101;4;20240331;"EUR"\n'
    rows = "".join(f'{n * 13},{n:02};"S";{8400 + n % 3};{10000 + n};"RE{n:04}"\n' for n in range(1, 25))

    found = profile(f"{top}Umsatz;Soll/Haben;Konto;Gegenkonto;Belegfeld 1\n{rows}".encode(), "EXTF.csv")

    assert [column.name for column in found.columns] == [
        "Umsatz", "Soll/Haben", "Konto", "Gegenkonto", "Belegfeld 1",
    ]  # fmt: skip
    assert found.records == 24


def test_marks_between_files_that_were_put_one_behind_the_other_are_no_part_of_a_cell() -> None:
    part = "\ufeffid,v\n" + "".join(f"{n},{n * 2}\n" for n in range(8))

    found = profile((part + part).encode(), "x.csv")

    assert found.records == 16
    assert any("begins with a byte order mark" in said for said in found.warnings)


def _warnings(text: str) -> str:
    return " ".join(profile(text.encode(), "x.csv").warnings)


def test_a_table_above_the_one_that_is_read_is_told() -> None:
    small = "id,v\n" + "".join(f"{n},{n * 2}\n" for n in range(10))
    large = "name,city,zip\n" + "".join(f"n{n},c{n},{n:05}\n" for n in range(10))

    assert "another table of 11 lines" in _warnings(f"{small}\n\n{large}")


def test_titles_and_pairs_above_a_table_are_no_table() -> None:
    pairs = "".join(f"Parameter {n};Wert {n}\n" for n in range(8))
    dated = "Von;01.03.2024\nBis;31.03.2024\nKonto;4711\nSaldo;12,50\nStand;02.04.2024\n"
    rows = "".join(f"{n:02}.03.2024;{n};{n},5\n" for n in range(1, 20))

    for above in (pairs, dated):
        assert "another table" not in _warnings(f"{above}\nTag;Menge;Wert\n{rows}")


@pytest.mark.parametrize("row", ["Ann,Berlin,unknown", "Ann,Berlin,n/a"])
def test_a_first_record_with_a_gap_and_a_word_for_no_value_make_no_header(row: str) -> None:
    rows = "".join(f"Name{n},City{n},{n}\n" for n in range(30))

    assert _header_row(f"Bob,,12\n{row}\n{rows}") == (False, 0)


def test_a_table_of_comments_may_end_with_a_note() -> None:
    said = ["Issue: late", "Call: no answer", "Note: wants a call", "Issue: broken", "Call: asked"] * 2
    rows = "".join(
        f"{text} {n},{n},2024-01-{n + 1:02}\n" for n, text in enumerate([*said, "Note: called back"])
    )

    found = profile(f"comment,ticket,day\n{rows}".encode(), "x.csv")

    assert (found.records, found.trailer_rows) == (11, 0)

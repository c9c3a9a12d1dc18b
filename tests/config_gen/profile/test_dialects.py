"""Delimiters, quotes, headers and preambles."""

import pytest

from config_gen.profile import profile
from config_gen.samples.dialect import sniff
from config_gen.samples.header import detect_header
from domain.configuration.profiles import ColumnType


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


_TABLE = "Nr;Name;Datum;Betrag\n" + "".join(f"{n};Name {n};2024-01-{n:02d};{n},50\n" for n in range(1, 13))


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ("Account:;DE123\nOwner:;Jane Doe\nPeriod:;01.01.2024\n\n", 4),
        ("Report;;;\nGenerated;2024-01-05;;\n;;;\n", 3),
        ("Data extracted on 5 January 2024; see notes\n", 1),
    ],
)
def test_lines_about_a_report_stand_above_the_header(above: str, row: int) -> None:
    found = profile((above + _TABLE).encode(), "report.csv")

    assert found.header is not None
    assert (found.header.present, found.header.row) == (True, row)
    assert [column.name for column in found.columns] == ["Nr", "Name", "Datum", "Betrag"]


@pytest.mark.parametrize(
    ("below", "begins"),
    [
        ("Total;;;78,00\n", "“Total”"),
        (";;;978,00\n", "numbers only"),
        (";;;=====\n", "a rule"),
        ("\nSource: the registry, 2024\n", "“Source”"),
        ("(12 rows)\n", "“(12 rows)”"),
    ],
)
def test_totals_and_notes_below_a_table_are_no_records_and_are_named(below: str, begins: str) -> None:
    found = profile((_TABLE + below).encode(), "report.csv")

    assert found.records == 12
    assert found.columns[0].type is ColumnType.INTEGER
    assert any(begins in warning and "left out" in warning for warning in found.warnings)


def test_a_last_record_that_lacks_a_word_or_is_like_the_others_stays() -> None:
    assert profile((_TABLE + ";;13.01.2024;978,00\n").encode(), "report.csv").records == 13
    people = "".join(f"{n},Ann {n},{20 + n % 9}\n" for n in range(19))
    assert profile(f"id,name,age\n{people}19,,30\n".encode(), "people.csv").records == 20
    body = "".join(f"R{n},{n},{n}.50\n" for n in range(1, 20))
    assert profile(f"region,orders,revenue\n{body},3,9.50\n".encode(), "report.csv").records == 20
    assert profile(f"region,orders,revenue\n{body},190,199.50\n".encode(), "report.csv").records == 19


@pytest.mark.parametrize("second", [";;;EUR\n", "--;----;-----;------\n"])
def test_a_rule_below_the_header_is_no_record_and_one_unit_is_not_enough(second: str) -> None:
    header, _, body = _TABLE.partition("\n")
    found = profile(f"{header}\n{second}{body}".encode(), "report.csv")

    assert found.records == (12 if "-" in second else 13)


def test_a_row_of_units_below_the_header_is_no_record() -> None:
    body = "".join(f"2024-01-{n:02d},{n}.5,{n * 2}\n" for n in range(1, 20))
    found = profile(f"time,temp,wind\n,degC,m/s\n{body}".encode(), "weather.csv")

    assert found.records == 19
    assert [column.type for column in found.columns[1:]] == [ColumnType.DECIMAL, ColumnType.INTEGER]


def test_a_row_of_types_below_the_header_is_no_record() -> None:
    body = "".join(f"{n},Ann,{n}.50\n" for n in range(1, 20))
    found = profile(f'id,name,price\nint,varchar(20),"decimal(10,2)"\n{body}'.encode(), "export.csv")

    assert found.records == 19
    assert found.columns[0].type is ColumnType.INTEGER


@pytest.mark.parametrize("across", ["01.03.2025;02.03.2025", "2025-03-01;2025-03-02", "00:00;01:00"])
def test_days_and_hours_across_the_top_are_names_of_columns(across: str) -> None:
    body = "".join(f"S{n};{n * 3};{n * 7}\n" for n in range(10))
    found = profile(f"Station;{across}\n{body}".encode(), "counts.csv")

    assert [column.name for column in found.columns[1:]] == across.split(";")


def test_a_mark_that_no_text_holds_parts_cells_although_all_lines_are_of_one_length() -> None:
    body = "".join(f"P{n:04d}^{n % 12 + 1:02d}/13/1960^{'MF'[n % 2]}\n" for n in range(20))
    found = profile(f"PID^DOB       ^S\n{body}".encode(), "patients.txt")

    assert found.dialect is not None
    assert found.dialect.delimiter == "^"


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("email\n" + "".join(f"u{n}@example.org\n" for n in range(10)), True),
        ("DE89370400440532013000\nGB29NWBK60161331926819\nNL91ABNA0417164300\nBE68539007547034\n", False),
        ("IBAN\nDE89 3704 0044 0532 0130 00\nGB29 NWBK 6016 1331 9268 19\nNL91 ABNA 0417 1643 00\n", True),
    ],
)
def test_a_list_of_addresses_or_accounts_is_one_column(text: str, header: bool) -> None:
    found = profile(text.encode(), "list.txt")

    assert len(found.columns) == 1
    assert found.header is not None
    assert found.header.present is header


def test_a_doubled_mark_is_one_delimiter() -> None:
    found = profile(("id||name||v\n" + "".join(f"{n}||n{n}||{n}\n" for n in range(20))).encode(), "x.txt")

    assert found.dialect is not None
    assert found.dialect.delimiter == "||"


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><r><a><n>n0é</n></a><a><n>n1é</n></a></r>",
            "iso-8859-1",
        ),
        ("מספר;כתובת\n1;תל אביב\n2;ירושלים\n3;חיפה\n", "cp1255"),
        ("Номер;Адрес\n1;Москва, улица Ленина\n2;Санкт-Петербург\n", "cp1251"),
        ("id;name\n1;ИВАНОВ\n2;ПЕТРОВ\n3;СИДОРОВ\n", "cp1251"),
        ("id;name\n1;ΑΘΗΝΑ\n2;ΠΑΤΡΑ\n3;ΛΑΡΙΣΑ\n", "cp1253"),
        ("id;name\n1;กรุงเทพมหานคร\n2;เชียงใหม่\n3;ภูเก็ต\n", "cp874"),
        ("id;name\n1;Győr\n2;Székesfehérvár\n3;Pécs\n", "cp1250"),
        ("id;name\n1;Põlva\n2;Võru\n3;Jõgeva\n", "cp1252"),
        ("id;name\n1;INFORMAÇÕES\n2;AÇÕES\n3;SÃO PAULO\n", "cp1252"),
        ("id;name\n1;O’BRIEN\n2;O’NEILL\n", "cp1252"),  # noqa: RUF001
        ("id;note\n1;“fine”\n2;“good”\n", "cp1252"),
        ("id;sex\n1;М\n2;Ж\n3;М\n", "cp1251"),  # noqa: RUF001
    ],
)
def test_declared_and_neighbouring_encodings_are_told_apart(text: str, codec: str) -> None:
    assert profile(text.encode(codec), "x").encoding == codec

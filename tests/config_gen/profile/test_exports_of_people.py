"""Files as people and old programs export them: glued together, boxed, with other tables beside."""

import io
import json
from collections.abc import Sequence

import openpyxl
import pytest

from config_gen.assembly import assemble
from config_gen.preview import preview
from config_gen.profile import profile
from config_gen.questions import parse_answers, questions_for
from config_gen.rows import cells_by_column
from domain.feed_columns import FieldType
from domain.profiles import ColumnType, SampleProfile


def _seen(text: str, name: str = "feed.csv") -> SampleProfile:
    return profile(text.encode(), name)


def _mixed(utf8: int, latin: int) -> bytes:
    head = b"id;name\n" + "".join(f"{n};Müller\n" for n in range(utf8)).encode()
    return head + "".join(f"{n};Groß\n" for n in range(utf8, utf8 + latin)).encode("cp1252")


def test_lines_in_two_encodings_are_named_and_asked_about() -> None:
    seen = profile(_mixed(20, 3), "feed.csv")

    assert seen.encoding == "utf-8"
    assert "Two encodings are mixed: 3 lines are cp1252, the others utf-8 (22, 23 and 24)" in seen.warnings[0]
    (question,) = [one for one in seen.questions if one.code == "encoding"]
    assert [reading.option for reading in question.readings] == ["utf-8", "cp1252"]
    assert "Groß" in question.readings[1].means
    assert "Müller" in question.readings[0].means


def test_the_encoding_of_most_lines_is_proposed() -> None:
    assert profile(_mixed(3, 20), "feed.csv").encoding == "cp1252"


def test_the_encoding_that_a_person_chose_is_agreed() -> None:
    seen = profile(_mixed(20, 3), "feed.csv")
    chosen = {"owner_team": "data", "reading:encoding:": "cp1252"}

    assert "reading:encoding:" in {question.code for question in questions_for(seen)}
    assert assemble(seen, parse_answers(seen, chosen)).format.encoding == "cp1252"


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("gb18030", ["张伟", "王芳", "北京市", "上海市海淀区", "女", "B女"]),
        ("shift_jis", ["山田太郎", "東京", "Aタイプ"]),
        ("cp1251", ["Иванов", "Петрова", "Ольга"]),
        ("cp1252", ["Müller", "Île", "São"]),
    ],
)
def test_a_file_in_one_encoding_is_not_called_mixed(codec: str, words: Sequence[str]) -> None:
    rows = "".join(f"{n};{words[n % len(words)]}\n" for n in range(30))

    seen = profile(f"id;name\n{rows}".encode(codec), "feed.csv")

    assert not any(question.code == "encoding" for question in seen.questions)


@pytest.mark.parametrize("mark", [".", ","])
def test_a_mark_before_three_digits_is_asked_about_where_nothing_tells(mark: str) -> None:
    seen = _seen("id;units\n" + "".join(f"{n};{n + 1}{mark}848\n" for n in range(9)))

    (question,) = [one for one in seen.questions if one.code == "grouping"]
    assert {reading.means for reading in question.readings} == {"1848", "1.848"}
    for reading, value in (("thousands", FieldType.INTEGER), (f"decimal {_name(mark)}", FieldType.DECIMAL)):
        chosen = {"owner_team": "data", "reading:grouping:units": reading}
        config = assemble(seen, parse_answers(seen, chosen))
        landed = preview(config, cells_by_column(config.columns, seen.preview))[0].values["units"]
        assert config.columns[1].type is value
        assert str(landed) == ("1848" if value is FieldType.INTEGER else "1.848")


def _name(mark: str) -> str:
    return "point" if mark == "." else "comma"


@pytest.mark.parametrize("other", ["12.5", "0.848", "2500"])
def test_nothing_is_asked_where_other_numbers_tell(other: str) -> None:
    seen = _seen("id;units;more\n" + "".join(f"{n};{n + 1}.848;{other}\n{n};{other};x\n" for n in range(9)))

    assert not any(question.code == "grouping" for question in seen.questions)


def test_no_thousands_begin_with_a_zero() -> None:
    seen = _seen("id;rate\n" + "".join(f"{n};{n}.512\n".replace(".", ",") for n in range(9)))

    assert (seen.columns[1].type, seen.columns[1].decimal_char) == (ColumnType.DECIMAL, ",")


def test_a_delimiter_at_the_end_of_every_record_makes_no_column_without_a_header_either() -> None:
    seen = _seen("".join(f"{n:05d}|Oslo|2024-01-{n + 1:02d}|{n}.50|\n" for n in range(12)))

    assert len(seen.columns) == 4


def test_a_list_in_a_box_is_the_table_inside() -> None:
    rule = "-" * 27
    rows = "".join(f"|{n:06d}|0{n}.01.2024|  {n}1,50{'- '[n % 2]}|\n" for n in range(1, 9))

    seen = _seen(f"Open items\n\n{rule}\n|Number|Posted    |  Amount|\n{rule}\n{rows}{rule}\n", "list.txt")

    assert [column.name for column in seen.columns] == ["Number", "Posted", "Amount"]
    assert [column.type.value for column in seen.columns] == ["string", "date", "decimal"]
    assert seen.records == 8


def test_the_header_of_a_glued_file_is_no_record() -> None:
    part = "id,day\n" + "".join(f"{n},2024-01-0{n}\n" for n in range(1, 9))

    seen = _seen(part * 3)

    assert [column.type.value for column in seen.columns] == ["integer", "date"]
    assert seen.records == 24
    assert any("The header stands again in 2 records, first in record 10" in said for said in seen.warnings)


def test_records_about_the_file_stand_above_and_below_the_others() -> None:
    rows = "".join(f"D|{n:09d}|2024010{n}|{n}.50\n" for n in range(1, 10))

    seen = _seen(f"H|20240105|ACCOUNTS|X|Y\n{rows}T|00000009\n", "feed.txt")
    config = assemble(seen, parse_answers(seen, {"owner_team": "data"}))

    assert seen.records == 9
    assert config.format.delimited is not None
    assert (config.format.delimited.preamble_rows, config.format.delimited.trailer_rows) == (1, 1)


def test_of_debit_and_credit_one_is_always_empty_and_the_header_is_found_below_the_account() -> None:
    rows = "".join(
        f"0{n}/01/2024,Shop,{n}.50,,{n}1.00\n0{n}/01/2024,Pay,,{n}.50,{n}2.00\n" for n in range(1, 9)
    )

    seen = _seen(
        "Account:,Flex 123\nBalance:,£1,234.56\nLimit:,£1,234.56\n\nDate,Text,Out,In,Balance\n" + rows
    )

    assert [column.name for column in seen.columns] == ["Date", "Text", "Out", "In", "Balance"]
    assert seen.records == 16


def test_every_column_of_a_wide_table_is_previewed() -> None:
    names = [f"m{n}" for n in range(800)]
    seen = _seen(",".join(names) + "\n" + (",".join("7" for _ in names) + "\n") * 20)
    config = assemble(seen, parse_answers(seen, {"owner_team": "data"}))

    rows = preview(config, cells_by_column(config.columns, seen.preview))

    assert rows
    assert not any(row.problems for row in rows)


def test_a_cell_may_hold_pages() -> None:
    page = 'He said ""no"", then\nleft; '
    seen = _seen("id;body;day\n" + "".join(f'{n};"{page * 2_500}";2024-01-0{n}\n' for n in range(1, 6)))

    assert [column.name for column in seen.columns] == ["id", "body", "day"]
    assert seen.records == 5


@pytest.mark.parametrize("mark", ["~|~", "#;#"])
def test_marks_in_a_frame_part_cells(mark: str) -> None:
    rows = "".join(mark.join((f"{n}", "Oslo", f"{n}.5", "a; b, c")) + "\n" for n in range(12))

    seen = _seen(mark.join(("id", "city", "amount", "note")) + "\n" + rows)

    assert [column.name for column in seen.columns] == ["id", "city", "amount", "note"]


def test_a_number_with_its_unit_is_called_one() -> None:
    seen = _seen("at;temp\n" + "".join(f"2024-01-0{n};{n}3.4 °C\n" for n in range(1, 9)))

    assert seen.columns[1].type is ColumnType.STRING
    assert "numbers with “°C” behind" in seen.columns[1].evidence


@pytest.mark.parametrize(
    "document",
    [
        {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]},
        {"a": [1, 2, 3], "b": [4, 5, 6]},
        {f"E{n}": {"name": "x", "age": n} for n in range(9)},
        {"staff": {f"E{n}": {"name": "x", "age": n} for n in range(9)}, "meta": {"count": 9}},
        [["a", "b"], [1, 2], [3, 4]],
    ],
)
def test_a_table_that_json_holds_in_another_way_is_told_how_to_write_it(document: object) -> None:
    seen = _seen(json.dumps(document), "feed.json")

    assert any("This is no list of records" in said for said in seen.warnings)


@pytest.mark.parametrize(
    "document", [[{"a": 1}, {"a": 2}], {"rows": [{"a": 1}], "tags": ["x", "y"]}, {"id": 1, "to": {"x": 1}}]
)
def test_records_are_told_nothing(document: object) -> None:
    assert not any("no list of records" in said for said in _seen(json.dumps(document), "feed.json").warnings)


def _workbook(*sheets: Sequence[Sequence[object]], hidden: int = -1) -> bytes:
    """Return a workbook that holds these sheets; `hidden` is the place of one that nobody sees."""
    kept, workbook = io.BytesIO(), openpyxl.Workbook(write_only=True)
    for n, rows in enumerate(sheets):
        sheet = workbook.create_sheet(f"S{n + 1}")
        sheet.sheet_state = "hidden" if n == hidden else "visible"
        for row in rows:
            sheet.append(list(row))
    workbook.save(kept)
    return kept.getvalue()


_ORDERS: list[list[object]] = [
    ["Order", "Customer", "Net"],
    *([f"A{n}", "Ann Lee", n * 1.5] for n in range(1, 12)),
]
_REGIONS: list[list[object]] = [["Region", "Sales"], ["North", 10], ["South", 12], ["West", 9]]


def test_a_hidden_sheet_is_not_the_one_that_is_meant() -> None:
    lists: list[list[object]] = [["k", "v"], *([f"L{n}", n] for n in range(300))]

    assert profile(_workbook(_ORDERS, lists, hidden=1), "o.xlsx").sheet == "S1"
    assert profile(_workbook(_ORDERS, lists), "o.xlsx").sheet == "S2"


def test_totals_below_a_sheet_are_no_record() -> None:
    seen = profile(_workbook([*_ORDERS, ["Total", None, 99.5]]), "o.xlsx")

    assert (seen.records, seen.trailer_rows) == (11, 1)


@pytest.mark.parametrize("first", [_ORDERS, _REGIONS])
def test_of_two_tables_on_a_sheet_the_fullest_is_read_and_the_other_named(first: list[list[object]]) -> None:
    second = _REGIONS if first is _ORDERS else _ORDERS

    seen = profile(_workbook([*first, [], [], *second]), "o.xlsx")

    assert [column.name for column in seen.columns] == ["Order", "Customer", "Net"]
    assert seen.records == 11
    assert any("The sheet holds 2 tables" in said and "Region" in said for said in seen.warnings)


def test_two_tables_side_by_side_are_two() -> None:
    beside = [[*row, None, *(_REGIONS[n] if n < len(_REGIONS) else [])] for n, row in enumerate(_ORDERS)]

    seen = profile(_workbook(beside), "o.xlsx")

    assert [column.name for column in seen.columns] == ["Order", "Customer", "Net"]
    assert any("The sheet holds 2 tables" in said for said in seen.warnings)


def test_a_table_with_a_gap_is_one() -> None:
    gap: list[list[object]] = [*_ORDERS[:6], [], *_ORDERS[6:]]
    spaced = [[row[0], None, *row[1:]] for row in _ORDERS]

    assert profile(_workbook(gap), "o.xlsx").records == 11
    assert len(profile(_workbook(spaced), "o.xlsx").columns) == 4

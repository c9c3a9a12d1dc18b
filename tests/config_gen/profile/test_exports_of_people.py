"""Files as people and old programs export them: glued together, boxed, with other tables beside."""

import json
from collections.abc import Sequence

import pytest

from config_gen.assembly import assemble
from config_gen.preview import preview
from config_gen.profile import profile
from config_gen.questions import parse_answers, questions_for
from config_gen.rows import cells_by_column
from domain.configuration.feed_columns import FieldType
from domain.configuration.profiles import ColumnType, Question, Reading, SampleProfile
from domain.errors import BadInput


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


_LISTED = [f"A-{n:03d}     Ann Lee       {n:>3}1.50" for n in range(1, 13)]
_NAMES = "ACCOUNT   NAME            BALANCE\n--------  ----------  -----------\n"


def test_a_list_under_a_rule_of_dashes_is_read_by_the_rule() -> None:
    seen = _seen(_NAMES + "\n".join(_LISTED) + "\n\n12 rows selected.\n", "out.lst")

    assert [(column.name, column.type.value) for column in seen.columns] == [
        ("ACCOUNT", "string"), ("NAME", "string"), ("BALANCE", "decimal"),
    ]  # fmt: skip
    assert [(field.start, field.length) for field in seen.fixed_width[:2]] == [(0, 8), (10, 10)]
    assert seen.records == 12


def test_pages_of_a_report_are_one_table() -> None:
    pages = (
        f"\fREPORT AR100 OF DAILY BALANCES  PAGE {n}\n\n{_NAMES}"
        + "\n".join(_LISTED[4 * n : 4 * n + 4])
        + "\n\n"
        for n in range(3)
    )

    seen = _seen("".join(pages), "report.prn")

    assert seen.records == 12
    assert any("no record" in said for said in seen.warnings)


def test_words_of_one_column_stay_together_under_one_name() -> None:
    rows = [("R and D", 31), ("Ops", 7), ("R and D", 12), ("Sales", 120), ("R and D", 4), ("R and D", 5)]

    seen = _seen("DEPT          HEADS\n" + "".join(f"{d:<12}  {n:>5}\n" for d, n in rows), "heads.txt")

    assert [column.name for column in seen.columns] == ["DEPT", "HEADS"]


def test_the_sign_behind_an_amount_ends_its_field() -> None:
    lines = [f"{n:06d}202401{n:02d}{n * 37:07d}{'+-'[n % 2]}EUR" for n in range(10, 29)]

    seen = _seen("\n".join(lines) + "\n", "acct.dat")

    assert [field.start for field in seen.fixed_width] == [0, 6, 14, 22]


def test_a_delimiter_that_the_sample_was_not_read_by_is_refused_and_not_forgotten() -> None:
    seen = _seen("a;b\n1;2\n").model_copy(
        update={
            "questions": (
                Question(
                    code="delimiter",
                    text="Which?",
                    readings=(Reading(option="semicolon", means="1"), Reading(option="comma", means="2")),
                ),
            )
        }
    )

    assert parse_answers(seen, {"owner_team": "data", "reading:delimiter:": "semicolon"})
    with pytest.raises(BadInput, match="delimiter") as caught:
        parse_answers(seen, {"owner_team": "data", "reading:delimiter:": "comma"})
    assert "was read by semicolon" in caught.value.say


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


@pytest.mark.parametrize("cells", [("3 €", "3 $"), ("€3", "3 €"), ("$ref3", "$ref4"), ("$", "€")])
def test_amounts_of_two_currencies_and_other_words_with_their_signs_are_plain_texts(
    cells: tuple[str, str],
) -> None:
    seen = _seen(
        "at;paid\n" + "".join(f"2024-01-0{n};{cells[n % 2]}{'' if n < 7 else ' '}\n" for n in range(1, 9))
    )

    assert "kept as text with its unit" not in seen.columns[1].evidence
    assert not seen.columns[1].affix or cells == ("€3", "3 €")


@pytest.mark.parametrize(
    "document",
    [
        {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]},
        {"a": [1, 2, 3], "b": [4, 5, 6]},
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

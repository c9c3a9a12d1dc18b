"""Ordinary files that look a little like the exports of people and old programs, and are none."""

import io
import json

import openpyxl
import pytest

from config_gen.profile import profile
from domain.configuration.profiles import ColumnType, SampleProfile


def _seen(text: str, name: str = "feed.csv") -> SampleProfile:
    return profile(text.encode(), name)


def _rows(first: str, number: int = 30) -> str:
    people, towns = ("Ann Lee", "Bartholomew Quist", "Cy Young"), ("Oslo", "Rio de Janeiro")
    return first + "".join(f"{1000 + n},{people[n % 3]},{towns[n % 2]},{n}.50\n" for n in range(number))


@pytest.mark.parametrize("first", ["999,Ben Kim,Rome\n", "999,Kim,Rome,1.50,late\n"])
def test_a_first_record_with_a_cell_too_few_or_too_many_is_no_record_about_the_file(first: str) -> None:
    seen = _seen(_rows(first))

    assert seen.records == 31
    assert seen.header is not None
    assert seen.header.row == 0


def test_a_record_about_the_file_is_told_by_what_it_begins_with() -> None:
    seen = _seen(_rows("2024-01-05,ACCOUNTS\n"))

    assert seen.records == 30
    assert seen.header is not None
    assert seen.header.row == 1


def test_a_list_of_texts_keeps_the_first_of_one_word() -> None:
    texts = ["paid", "call back later", "see mail", "waiting for goods, then pay", "n/a", "check this"] * 5

    assert _seen("\n".join(texts) + "\n", "notes.txt").records == 30


def test_names_of_columns_that_begin_with_file_are_names() -> None:
    seen = _seen("file,path,size\n" + "".join(f"{'ab'[n % 2]}.log,/var/{n},{n}7,\n" for n in range(30)))

    assert [column.name for column in seen.columns] == ["file", "path", "size"]


def test_a_rule_between_tabs_is_no_list_in_columns() -> None:
    seen = _seen("CustomerNumber\tOrderNumber\n--------------\t-----------\n" + "1\tA1\n2\tA2\n3\tA3\n" * 9)

    assert [column.type for column in seen.columns] == [ColumnType.INTEGER, ColumnType.STRING]


def test_a_row_of_dashes_among_numbers_has_no_values_and_is_no_rule() -> None:
    seen = _seen(
        "".join("--   --   --\n" if n % 4 == 2 else f"{n + 10}   {n + 40}   17\n" for n in range(30))
    )

    assert seen.records == 30


@pytest.mark.parametrize("line", ["{};€;Ann Lee", "Oslo,+,{}"])
def test_one_sign_in_every_record_is_a_cell(line: str) -> None:
    assert len(_seen("".join(line.format(n + 100) + "\n" for n in range(30))).columns) == 3


def test_a_column_without_name_that_blanks_part_is_a_column() -> None:
    rows = "".join(f"{1000 + n:<8}{'Ann Lee':<20} {'*x'[n % 2]}    {n:>3}\n" for n in range(30))

    seen = _seen(f"{'ID':<8}{'NAME':<25}QTY\n{rows}", "list.txt")

    assert [column.examples[0] for column in seen.columns] == ["1000", "Ann Lee", "*", "0"]


_PRICES = [round(1.107 + n * 0.011, 3) for n in range(1, 9) if n != 3]


def _workbook() -> bytes:
    kept, workbook = io.BytesIO(), openpyxl.Workbook()
    for row in [["id", "price"], *([n, price] for n, price in enumerate(_PRICES))]:
        workbook.worksheets[0].append(row)
    workbook.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    "sample",
    [
        "id,price\n" + "".join(f"{n},{price:.3f}\n" for n, price in enumerate(_PRICES)),
        "id;lat;lon\n" + "".join(f"{n};4{price:.3f};1{price:.3f}\n" for n, price in enumerate(_PRICES)),
        json.dumps([{"id": n, "price": price} for n, price in enumerate(_PRICES)]),
        _workbook(),
    ],
    ids=["commas part cells", "degrees", "numbers of JSON", "numbers of a workbook"],
)
def test_nobody_is_asked_whether_a_plain_decimal_is_a_thousand(sample: str | bytes) -> None:
    seen = profile(sample if isinstance(sample, bytes) else sample.encode(), "feed")

    assert seen.columns[1].type is ColumnType.DECIMAL
    assert not any(question.code == "grouping" for question in seen.questions)


def _list_with_last(*closing: str) -> SampleProfile:
    rule = "-" * 34
    rows = [f"|{4900 + n:<10}|{10 + n:>8},50 |EUR  |" for n in range(20)]
    lines = ["Liste", "", rule, "|Beleg     |   Betrag |Wäh. |", rule, *rows, *closing]
    return profile("\r\n".join(lines).encode("cp1252"), "liste.txt")


def test_the_starred_total_below_a_rule_closes_a_list() -> None:
    rule = "-" * 34

    seen = _list_with_last(rule, "|*         |  7.320,00 |EUR  |", rule)

    assert (seen.records, seen.keys[0].columns) == (20, ("Beleg",))
    assert [column.name for column in seen.columns] == ["Beleg", "Betrag", "Wäh."]


def test_a_star_that_stands_for_all_others_is_a_record() -> None:
    assert _list_with_last("|*         |      1,50 |EUR  |").records == 21

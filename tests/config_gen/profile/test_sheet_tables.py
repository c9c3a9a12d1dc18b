"""Workbooks that people made for people: hidden sheets, totals, several tables on a sheet."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time

import openpyxl
import pytest

from config_gen.profile import profile
from domain.errors import BadInput


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


def _at(day: int, hour: int = 0) -> datetime:
    return datetime.combine(date(2026, 1, 1 + day), time(hour))


@pytest.mark.parametrize(
    ("moments", "kind"),
    [
        ([_at(n // 4, n % 4 * 6) for n in range(40)], "datetime"),  # some at midnight
        ([_at(n % 28) for n in range(40)], "date"),
        ([_at(0, 6)] + [date(2026, 1, 1 + n % 28) for n in range(39)], "datetime"),
        (["open"] + [date(2026, 1, 1 + n % 28) for n in range(39)], "string"),
    ],
)
def test_moments_of_which_some_are_at_midnight_are_moments(moments: list[object], kind: str) -> None:
    rows = [["id", "booked"], *([f"B{n}", one] for n, one in enumerate(moments))]

    column = profile(_workbook(rows), "bookings.xlsx").columns[1]

    assert column.type.value == kind


def test_a_hidden_sheet_is_not_the_one_that_is_meant() -> None:
    lists: list[list[object]] = [["k", "v"], *([f"L{n}", n] for n in range(300))]

    assert profile(_workbook(_ORDERS, lists, hidden=1), "o.xlsx").sheet == "S1"
    assert profile(_workbook(_ORDERS, lists), "o.xlsx").sheet == "S2"


def test_totals_below_a_sheet_are_no_record() -> None:
    seen = profile(_workbook([*_ORDERS, ["Total", None, 99.5]]), "o.xlsx")

    assert (seen.records, seen.trailer_rows) == (11, 1)


def test_a_total_that_fills_every_cell_and_who_signed_below_are_no_records() -> None:
    months = [["Month", "Plan", "Actual"], *([f"2024-{n:02d}", n, n * 2] for n in range(1, 13))]

    seen = profile(_workbook([*months, ["Total", 78, 156], [], ["Approved:", "J. Smith"]]), "o.xlsx")

    assert seen.records == 12
    assert [column.type.value for column in seen.columns] == ["yearmonth", "integer", "integer"]


def test_a_last_group_that_leaves_something_empty_and_a_firm_called_total_are_records() -> None:
    groups = [["Name", "City", "Phone"], *([f"A{n}", "Rome", f"+39 {n}"] for n in range(8)), []]
    firms = "firm,country,staff\n" + "".join(f"F{n},C{n},{n}\n" for n in range(9)) + "Total,FR,90\n"

    grouped = profile(_workbook([*groups, *([f"B{n}", "Bonn"] for n in range(4))]), "g.xlsx")

    assert grouped.records == 12
    assert profile(firms.encode(), "f.csv").records == 10


def test_cells_that_were_merged_names_that_stand_twice_and_counted_days_are_told() -> None:
    rows: list[list[object]] = [["Region", "Ship Date", "Q1", "Q1"]]
    rows += [["North" if n == 0 else "South" if n == 4 else None, 45300 + n, n, n] for n in range(8)]

    said = " ".join(profile(_workbook(rows), "o.xlsx").warnings)

    assert "Region is filled in 2 of 8 rows only" in said
    assert "the later Q1 is called Q1_2" in said
    assert "45300 is 09 Jan 2024" in said


def test_amounts_that_a_program_wrote_as_texts_are_numbers_and_codes_stay_codes() -> None:
    rows = [["Konto", "Betrag"], *([f"00{4711 + n}", f"{n},50"] for n in range(12))]

    seen = profile(_workbook(rows), "o.xlsx")

    assert [column.type.value for column in seen.columns] == ["string", "decimal"]


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


def test_remarks_beside_some_rows_are_columns_of_the_table() -> None:
    remarks = {0: ("Checked by", "Remark"), 2: ("Bo", "late"), 5: ("Bo", "paid")}
    beside = [[*row, None, *remarks.get(n, ())] for n, row in enumerate(_ORDERS)]

    assert [column.name for column in profile(_workbook(beside), "o.xlsx").columns][-2:] == [
        "Checked by",
        "Remark",
    ]


def test_names_that_repeat_are_told_apart_by_the_group_above_them() -> None:
    above: list[list[object]] = [
        ["Shop", None, "Q1", None, "Q2", None],
        ["No", "Name", "Plan", "Actual", "Plan", "Actual"],
    ]
    rows = [[100 + n, f"Shop {n}", n * 1.5, n * 2.5, n * 3.5, n * 4.5] for n in range(12)]

    seen = profile(_workbook([["Sales"], [], *above, *rows]), "s.xlsx")
    titled = profile(_workbook([["Sales"], *above[1:], *rows]), "s.xlsx")

    assert [column.name for column in seen.columns[1:4]] == ["Name", "Q1 Plan", "Q1 Actual"]
    assert seen.columns[5].name == "Q2 Actual"
    assert titled.columns[5].name == "Actual_2", "a title is no group"


@pytest.mark.parametrize("place", ["XFD1048576", "ZZ900000"])
def test_a_cell_far_from_any_table_is_left_out_and_told(place: str) -> None:
    kept, workbook = io.BytesIO(), openpyxl.Workbook()
    sheet = workbook.active
    for row in _ORDERS:
        sheet.append(list(row))
    sheet[place] = " "
    workbook.save(kept)

    seen = profile(kept.getvalue(), "o.xlsx")

    assert (seen.records, [column.name for column in seen.columns]) == (11, ["Order", "Customer", "Net"])
    assert any(place in warning for warning in seen.warnings)


def test_a_long_table_and_a_note_near_it_are_read_whole() -> None:
    rows = [[n, n * 2] for n in range(3_000)]

    seen = profile(_workbook([["id", "v"], *rows, *[[]] * 900, [3_000, 6_000]]), "o.xlsx")

    assert not any("far from any table" in warning for warning in seen.warnings)


_MONTHS = [[f"S{n}", n, n * 2, n * 3, n * 4] for n in range(1, 13)]


@pytest.mark.parametrize("region", ["Region", None])
@pytest.mark.parametrize(
    "groups", [("Jan", None, "Feb", None), ("Jan", "Jan", "Feb", "Feb"), ("2025", None, "2026", None)]
)
def test_two_rows_of_names_are_the_names_of_groups_and_of_columns(
    groups: tuple[str | None, ...], region: str | None
) -> None:
    names = [[region, *groups], [None if region else "Region", "Plan", "Actual", "Plan", "Actual"]]

    seen = profile(_workbook([*names, *_MONTHS]), "plan.xlsx")

    first, second = groups[0], groups[2]
    told = ["Region", f"{first} Plan", f"{first} Actual", f"{second} Plan", f"{second} Actual"]
    assert [column.name for column in seen.columns] == told
    assert seen.records == 12


def test_two_rows_of_names_of_a_text_are_read_as_those_of_a_sheet() -> None:
    lines = ["Region,Jan,,Feb,", ",Plan,Actual,Plan,Actual", *(",".join(map(str, row)) for row in _MONTHS)]

    seen = profile("\n".join(lines).encode(), "plan.csv")

    assert [column.name for column in seen.columns][:3] == ["Region", "Jan Plan", "Jan Actual"]


@pytest.mark.parametrize(
    "first",
    [
        ["S0", 4, 2, 3, 4],  # a record, below a header that lacks a name
        ["S0", None, "n/a", 3, 4],
        ["S0", "**", "**", "**", "**"],
        ["S0", "a", None, 3, 4],  # does not fill what the header leaves empty
    ],
)
def test_a_record_below_a_header_with_a_gap_is_no_row_of_names(first: list[object]) -> None:
    seen = profile(_workbook([["Region", "Plan", None, "Costs", "Net"], first, *_MONTHS]), "plan.xlsx")

    assert seen.columns[1].name == "Plan"
    assert seen.records == 13


def test_a_row_of_units_below_the_names_of_a_sheet_is_no_record() -> None:
    units = [None, "kWh", "m3", "kWh", "m3"]

    seen = profile(_workbook([["site", "power", "water", "p2", "w2"], units, *_MONTHS]), "plan.xlsx")

    assert (seen.records, seen.columns[2].type.value) == (12, "integer")


def test_a_workbook_that_lost_bytes_inside_is_called_damaged() -> None:
    workbook = _workbook([["id", "v"], *([n, n * 7919 % 1009] for n in range(300))])
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    broken = workbook[: start + 80] + b"\xff" * 400 + workbook[start + 480 :]

    with pytest.raises(BadInput, match=r"o\.xlsx"):
        profile(broken, "o.xlsx")


@pytest.mark.parametrize(
    ("names", "units"),
    [
        (["Day", "Value", "Value", "Wind"], [None, "°C", "°F", "km/h"]),
        (["Site", "Value", "Value", "Value"], ["Ort", "Plan", "Plan", "Plan"]),
    ],
)
def test_units_below_names_that_repeat_are_no_names(names: list[object], units: list[object]) -> None:
    rows = [[f"S{n}", n, n * 2, n * 3] for n in range(1, 13)]

    seen = profile(_workbook([names, units, *rows]), "o.xlsx")

    assert [column.name for column in seen.columns][:3] == [names[0], "Value", "Value_2"]

"""Types are claimed when the values carry them; codes of digits stay text."""

import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config_gen.profile import profile
from config_gen.types.infer import infer
from config_gen.types.temporal import read_temporal
from domain.configuration.profiles import ColumnType


def _type(values: list[str], name: str = "") -> ColumnType:
    return infer(Counter(values), name).type


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", "30"], ColumnType.INTEGER),
        (["1,234", "12,345", "1,234,567"], ColumnType.INTEGER),
        (["1.5", "2", ".25", "1e-3"], ColumnType.DECIMAL),
        (["1,5", "33,33", "12"], ColumnType.DECIMAL),
        (["1.234,50", "12,00"], ColumnType.DECIMAL),
        (["1 234,50", "12,00"], ColumnType.DECIMAL),
        (["true", "False"], ColumnType.BOOLEAN),
        (["oui", "non", "oui"], ColumnType.BOOLEAN),
        (["2024-02-29", "2023-01-01"], ColumnType.DATE),
        (["20240229", "20230101"], ColumnType.DATE),
        (["29 Feb 2024", "1 Mar 2024"], ColumnType.DATE),
        (["2024-02-29T10:00:00Z", "2024-02-29T10:00:00+01:00"], ColumnType.DATETIME),
        (["2024-02-29 10:00:00.123", "2023-01-01 00:00:00.5"], ColumnType.DATETIME),
        (["10:15", "23:59"], ColumnType.TIME),
        (["2024-01", "2024-12"], ColumnType.YEARMONTH),
        (["abc", "12"], ColumnType.STRING),
        (["192.168.0.1", "10.0.0.2"], ColumnType.STRING),
        (["1.2.3", "1.10.0"], ColumnType.STRING),
        ([], ColumnType.NULL),
    ],
)
def test_values_carry_their_type(values: list[str], kind: ColumnType) -> None:
    assert _type(values) is kind


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (["01234", "98765"], ""),
        (["75001", "13002"], "code_postal"),
        (["0478868230", "0476544254"], "telephone"),
        (["123456789012345678"], ""),
        (["4006381333931", "5901234123457", "9780201379624", "4012345678901", "0012345678905"], "article"),
        (["441", "423"], "trip_short_name"),
    ],
)
def test_codes_made_of_digits_stay_text(values: list[str], name: str) -> None:
    found = infer(Counter(values), name)

    assert found.type is ColumnType.STRING
    assert found.code


@pytest.mark.parametrize("name", ["quantity", "id", "population", "page_count", "market_cap"])
def test_counts_and_identifiers_of_whole_numbers_stay_numbers(name: str) -> None:
    assert _type(["92293693440", "8573113344", "12"], name) is ColumnType.INTEGER


def test_a_value_proves_the_order_of_day_and_month() -> None:
    found = infer(Counter(["01/02/2024", "17/02/2024"]), "")

    assert found.format == "%d/%m/%Y"
    assert "17/02/2024" in found.evidence
    assert found.rival is None


def test_an_undecided_order_of_day_and_month_is_told() -> None:
    found = infer(Counter(["01/02/2024", "03/04/2024"]), "")

    assert {found.format, found.rival} == {"%d/%m/%Y", "%m/%d/%Y"}


def test_words_for_missing_do_not_hide_a_type() -> None:
    found = infer(Counter({"1.5": 5, "2.5": 5, "N/A": 2}), "")

    assert found.type is ColumnType.DECIMAL
    assert found.null_values == ("N/A",)


@pytest.mark.parametrize(
    ("word", "others", "kind"),
    [
        ("#WERT!", ["1.5", "2.5"], ColumnType.DECIMAL),
        ("#¡DIV/0!", ["1", "2"], ColumnType.INTEGER),
        ("<leer>", ["1", "2", "3"], ColumnType.INTEGER),
        ("0000-00-00", ["2024-01-13", "2024-02-14"], ColumnType.DATE),
        ("00000000", ["20240113", "20240214"], ColumnType.DATE),
        ("00.00.0000", ["13.01.2024", "14.02.2024"], ColumnType.DATE),
    ],
)
def test_errors_of_spreadsheets_and_days_of_zeros_are_missing(
    word: str, others: list[str], kind: ColumnType
) -> None:
    found = infer(Counter([word, *others]), "")

    assert (found.type, found.null_values) == (kind, (word,))


def test_powers_of_ten_that_no_program_prints_are_codes() -> None:
    assert _type(["29E2", "24E7", "11E4"]) is ColumnType.STRING
    assert _type(["2.9E2", "24E7", "1e+05"]) is ColumnType.DECIMAL
    assert _type(["1E5", "2E6", "5E4"]) is ColumnType.DECIMAL, "so people write what they count"


@pytest.mark.parametrize("name", ["item", "part_no", "Material", "room", "product_code", "seat_id"])
def test_a_power_of_ten_among_codes_is_one(name: str) -> None:
    assert _type(["1E3", "2E12", "5E1"], name) is ColumnType.STRING
    assert _type(["1003", "12E5", "2047"], name) is ColumnType.STRING


@pytest.mark.parametrize("name", ["", "count", "items_sold", "item_count", "part_weight", "cells_per_ml"])
def test_a_power_of_ten_that_people_count_stays_a_number(name: str) -> None:
    assert _type(["1E3", "2E6", "5E1"], name) is ColumnType.DECIMAL
    assert _type(["250000", "1E5", "5"], name) is ColumnType.DECIMAL


def test_midnight_beside_times_with_points_is_no_missing_day() -> None:
    found = infer(Counter(["00.00.00", "10.01.01", "11.02.02", "12.03.03"]), "")

    assert (found.type, found.null_values) == (ColumnType.TIME, ())


def test_zeros_beside_numbers_are_a_number_and_a_month_13_is_no_date() -> None:
    assert infer(Counter(["00000000", "12345678"]), "account").null_values == ()
    assert _type(["2024-13-01", "2024-00-10"]) is ColumnType.STRING


def test_zeros_and_ones_are_flags_only_by_name() -> None:
    assert _type(["0", "1"] * 20, "monday") is ColumnType.INTEGER
    assert _type(["0", "1"] * 20, "is_open") is ColumnType.BOOLEAN


def test_one_wrong_value_in_a_long_column_is_outvoted() -> None:
    values = [str(n) for n in range(1, 200)]

    assert _type([*values, "oops"]) is ColumnType.INTEGER
    assert _type(["1", "2", "oops"]) is ColumnType.STRING


@given(st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=50))
def test_whole_numbers_are_numbers(numbers: list[int]) -> None:
    values = [str(number) for number in numbers]
    if len({len(value) for value in values}) > 1:
        assert _type(values, "quantity") in (ColumnType.INTEGER, ColumnType.DATE)


@given(st.lists(st.dates(), min_size=2, max_size=40))
def test_iso_dates_are_dates(days: list[object]) -> None:
    values = [str(day) for day in days if "1500" <= str(day)[:4] <= "2199"]
    if values:
        assert _type(values) is ColumnType.DATE


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=30))
def test_any_text_gets_some_type(values: list[str]) -> None:
    found = infer(Counter(value.strip() for value in values if value.strip()), "column")

    assert 0 <= found.agree <= found.values


@pytest.mark.parametrize(
    ("days", "odd"),
    [
        ([f"{day:02d}.03.2026" for day in range(1, 30)], "31.02.2026"),
        ([f"2026-01-{day:02d}" for day in range(1, 30)], "2026-06-31"),
        ([f"01/{day:02d}/2026" for day in range(1, 30)], "02/30/2026"),
    ],
)
def test_a_day_that_no_calendar_has_is_not_counted_as_a_date(days: list[str], odd: str) -> None:
    reading = read_temporal(dict.fromkeys([*days, odd], 1))

    assert reading is not None
    assert reading.agree == len(days)


def test_numbers_beside_uuids_stay_numbers() -> None:
    rows = "".join(f"{uuid.UUID(int=n * 7919 << 64)},{n % 9 + 20}\n" for n in range(30))

    found = profile(f"event_id,user_id\n{rows}".encode(), "events.csv")

    assert found.columns[1].type is ColumnType.INTEGER


@pytest.mark.parametrize(
    ("name", "first", "kind"),
    [
        ("run_date", 2026001, "date"),  # the day of the year, as job schedulers write it
        ("run_date", 2024307, "date"),  # to the 366th day of a leap year
        ("run_date", 2026307, "integer"),  # which this one has not
        ("run_date", 2026365, "integer"),  # goes on beyond the last day of a year
        ("run_date", 1012026, "integer"),
        ("part", 2026001, "integer"),
    ],
)
def test_a_year_and_the_day_in_it_are_a_date_where_the_name_says_so(name: str, first: int, kind: str) -> None:
    lines = "".join(f"J{n},{first + n}\n" for n in range(60))

    column = profile(f"job,{name}\n{lines}".encode(), "jobs.csv").columns[1]

    assert (column.type.value, column.format) == (kind, "%Y%j" if kind == "date" else None)


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("month_id", ["202401", "202402"], "yearmonth"),
        ("Periode", ["202412", "202501"], "yearmonth"),
        ("YYYYMM", ["199912", "202001"], "yearmonth"),
        ("fiscal_period", ["202412", "202413"], "integer"),  # the thirteenth period of the books
        ("fiscal_period", ["202401", "202402"], "integer"),  # which this sample does not show
        ("month_sales", ["202401", "202402"], "integer"),
        ("period_count", ["202401", "202402"], "integer"),
        ("code", ["202401", "202402"], "string"),
        ("month_id", ["1", "2"], "integer"),
    ],
)
def test_six_digits_are_a_month_where_the_name_says_so(name: str, values: list[str], kind: str) -> None:
    lines = "".join(f"{n},{values[n % 2]}\n" for n in range(40))

    column = profile(f"id,{name}\n{lines}".encode(), "months.csv").columns[1]

    assert (column.type.value, column.format) == (kind, "%Y%m" if kind == "yearmonth" else None)

"""What a profile claims of a column, the configuration reads: signs, zones, counted moments."""

import io
import json
import math
import re
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config_gen.assembly import assemble
from config_gen.casting import read_value
from config_gen.profile import profile
from config_gen.questions import parse_answers
from config_gen.suggested import landed
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig

_N = range(1, 41)


def _configured(content: str, name: str = "sample.csv", **answers: str) -> FeedConfig:
    seen = profile(content.encode(), name)
    config = assemble(seen, parse_answers(seen, {"owner_team": "feeds", **answers}))
    assert not any(landed(config, seen).problems), landed(config, seen).problems
    return config


def _column(values: list[str], name: str = "value", **answers: str) -> Column:
    rows = "".join(f'A{n};"{value}"\n' for n, value in enumerate(values))
    return _configured(f"key;{name}\n{rows}", **answers).columns[1]


@pytest.mark.parametrize(
    ("written", "form", "first"),
    [
        ("2024-01-{:02d} 10:00:00.1234567{:02d}", "%Y-%m-%d %H:%M:%S.%f", "T10:00:00.123456"),
        ("2024-01-{:02d} 10:00:00 CET", "%Y-%m-%d %H:%M:%S %Z", "T10:00:00+01:00"),
        ("2024-07-{:02d} 10:00:00 America/New_York", "%Y-%m-%d %H:%M:%S %Z", "T10:00:00-04:00"),
        ("2024-07-{:02d}T10:00:00+02:00[Europe/Paris]", "%Y-%m-%dT%H:%M:%S%z[%Z]", "+02:00"),
        ("{:02d}.01.2024 2:15 p.m.", "%d.%m.%Y %I:%M %p", "T14:15:00"),
    ],
)
def test_a_moment_is_read_in_the_form_that_is_claimed(written: str, form: str, first: str) -> None:
    values = [written.format(n % 28 + 1, n) for n in _N]
    column = _column(values, "stamped")

    assert (column.type, column.format) == (FieldType.DATETIME, form)
    assert first in read_value(column, values[0]).isoformat()  # type: ignore[union-attr]


def test_the_zone_that_values_name_is_the_columns_zone() -> None:
    assert _column([f"2024-01-{n % 28 + 1:02d} 10:00 Asia/Tokyo" for n in _N], "at").time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("values", "negative", "read"),
    [
        ([f"{n}.50{'-' if n % 3 == 1 else ''}" for n in _N], "trailing", "-1.50"),
        ([f"({n}.50)" if n % 3 == 1 else f"{n}.50" for n in _N], "parentheses", "-1.50"),
        ([f"{n}-" if n % 3 == 1 else f"{n}" for n in _N], "trailing", "-1"),
    ],
)
def test_a_sign_that_does_not_lead_is_one(values: list[str], negative: str, read: str) -> None:
    column = _column(values, "booked")

    assert column.type in (FieldType.DECIMAL, FieldType.INTEGER)
    assert column.negative == negative
    assert str(read_value(column, values[0])) == read
    assert (column.minimum or "").startswith("-") or column.minimum is None


@pytest.mark.parametrize("form", ["{n}-", "({n})", "2024-{n:02d}-"])
def test_codes_that_end_in_a_dash_or_stand_in_parentheses_are_no_numbers(form: str) -> None:
    assert _column([form.format(n=n) for n in _N]).type is FieldType.TEXT


@pytest.mark.parametrize(
    ("scale", "form"),
    [(1, "epoch_s"), (1_000, "epoch_ms"), (1_000_000, "epoch_us"), (1_000_000_000, "epoch_ns")],
)
def test_counted_moments_are_asked_about_and_read_as_such(scale: int, form: str) -> None:
    values = [str((1_700_000_000 + n * 5_000) * scale) for n in _N]

    moment = _column(values, "created_at")
    number = _column(values, "created_at", **{"reading:epoch:created_at": "number"})

    assert (moment.type, moment.format) == (FieldType.DATETIME, form)
    assert read_value(moment, values[0]).isoformat() == "2023-11-14T23:36:40+00:00"  # type: ignore[union-attr]
    assert (number.type, number.format) == (FieldType.INTEGER, None)
    unnamed = FieldType.INTEGER if scale <= 1_000 else FieldType.TEXT
    assert _column(values, "amount").type is unnamed, "no name of a time"


@pytest.mark.parametrize("word", ["NaN", "INF", "-Infinity"])
def test_what_programs_print_for_no_number_is_no_value(word: str) -> None:
    column = _column([word if n % 5 == 0 else f"{n}.5" for n in _N], "score")

    assert (column.type, column.null_values) == (FieldType.DECIMAL, (word,))


def test_no_number_among_the_doubles_of_a_parquet_file_is_no_value() -> None:
    table = pa.table({"id": list(_N), "score": [math.nan if n % 5 == 0 else n / 3 for n in _N]})
    kept = io.BytesIO()
    pq.write_table(table, kept)

    seen = profile(kept.getvalue(), "scores.parquet")

    config = assemble(seen, parse_answers(seen, {"owner_team": "feeds"}))
    assert config.columns[1].null_values == ("nan",)
    assert not any(landed(config, seen).problems)


def test_digits_behind_the_point_are_counted_with_the_power() -> None:
    column = _column([f"{n}.25e-9" for n in _N], "mass")

    assert column.type is FieldType.DECIMAL
    assert read_value(column, "1.25e-9") == Decimal("1.25e-9")


def test_a_minus_as_it_is_typeset_is_a_sign() -> None:
    column = _column([f"\u2212{n},50" if n % 3 == 1 else f"{n},50" for n in _N], "delta")

    assert (column.type, column.minimum is not None) == (FieldType.DECIMAL, True)
    assert read_value(column, "\u22121,50") == Decimal("-1.50")


def test_times_of_a_day_that_ends_after_midnight_land_as_they_stand() -> None:
    service = _column([f"{4 + n // 2}:{n:02d}:00" for n in _N], "ends")
    clock = _column([f"{n % 24:02d}:{n:02d}:00" for n in _N], "ends")
    gtfs = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    gtfs += "".join(f"T{n},{n % 20:02d}:05:00,{n % 20:02d}:06:00,S1,{n}\n" for n in _N)

    assert (service.type, clock.type) == (FieldType.TEXT, FieldType.TIME)
    assert re.fullmatch(service.pattern or "", "25:10:00")
    assert not re.fullmatch(service.pattern or "", "25:70:00")
    assert _configured(gtfs, "stop_times.txt").columns[1].type is FieldType.TEXT, "its reference allows them"


def test_thousands_and_decimals_are_told_by_the_other_numbers_of_the_table() -> None:
    rows = "".join(f"A{n};{n},5;{n}.{n * 7 % 1000:03d};{n},{n * 13 % 1000:03d}\n" for n in _N)

    german = {column.name: column for column in _configured(f"id;rate;stock;weight\n{rows}").columns}

    assert (german["stock"].type, german["stock"].group_char) == (FieldType.INTEGER, ".")
    assert (german["weight"].type, german["weight"].decimal_char) == (FieldType.DECIMAL, ",")
    assert str(read_value(german["weight"], "1,013")) == "1.013"
    assert read_value(german["stock"], "1.007") == 1007


def test_a_day_among_other_digits_of_a_fixed_width_line_is_a_field() -> None:
    lines = "".join(
        f"ACC{n:05d}202601{n % 28 + 1:02d}{n * 7919 % 99991:012d}EUR{n * 31:09d}202602{n % 27 + 1:02d}X\n"
        for n in _N
    )

    config = _configured(lines, "booked.txt")

    assert [field.length for field in config.format.fixed_width] == [3, 5, 8, 12, 3, 9, 8, 1]
    dated = [column for column in config.columns if column.type is FieldType.DATE]
    assert [column.format for column in dated] == ["%Y%m%d", "%Y%m%d"]


def test_a_moment_in_digits_of_a_fixed_width_line_stays_whole() -> None:
    lines = "".join(f"ACCOUNT 202601{n % 28 + 1:02d}{n % 24:02d}{n % 60:02d}30 EUR\n" for n in _N)

    assert 14 in [field.length for field in _configured(lines, "booked.txt").format.fixed_width]


def test_numbers_of_a_typed_file_keep_all_their_decimals() -> None:
    rates = [{"currency": f"C{n:02d}", "rate": 0.123456 + n, "tiny": 2.5e-7 * n} for n in range(1, 31)]

    config = _configured(json.dumps(rates), "rates.json")

    assert [column.scale for column in config.columns[1:]] == [8, 24]


def test_what_is_nested_is_no_trouble_because_a_preview_cuts_it() -> None:
    orders = [{"id": n, "lines": [{"sku": f"S{m}", "qty": m} for m in range(20)]} for n in range(5)]

    assert _configured(json.dumps(orders), "orders.json").columns[1].type is FieldType.JSON


@pytest.mark.parametrize(("written", "form"), [("{:02d}/2024", "%m/%Y"), ("2024-{:02d}", "%Y-%m")])
def test_a_month_is_read_in_the_form_that_is_claimed(written: str, form: str) -> None:
    values = [written.format(n % 12 + 1) for n in _N]
    column = _column(values, "month")

    assert (column.type, column.format) == (FieldType.YEARMONTH, form)
    assert read_value(column, values[0]).isoformat() == "2024-02-01"  # type: ignore[union-attr]


def test_a_clock_with_an_offset_of_whole_hours_is_read() -> None:
    assert _column([f"10:{n:02d}:37-05" for n in _N], "clock").type is FieldType.TIME


def test_columns_beyond_a_preview_are_not_called_empty() -> None:
    names = ",".join(f"reading_id_{n}" for n in range(260))
    rows = "".join(",".join(f"R{n}x{row}" for n in range(260)) + "\n" for row in range(8))
    seen = profile(f"{names}\n{rows}".encode(), "wide.csv")
    config = assemble(seen, parse_answers(seen, {"owner_team": "feeds"}))

    found = landed(config, seen)

    assert len(config.columns) == 260
    assert not any(found.problems), found.problems[0][:3]
    assert found.broken_rules == ()


def test_a_word_for_a_missing_value_is_one_however_rare() -> None:
    column = _column([*(str(n) for n in range(1, 200)), "**", "---"], "emp_total")

    assert (column.type, column.null_values) == (FieldType.INTEGER, ("**", "---"))
    assert column.nullable

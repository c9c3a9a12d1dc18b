"""Tables with a record for nearly every combination of a few columns, and those that only look so."""

import itertools
import random

import pytest

from config_gen.profile import profile

_DAYS = [f"2026-03-{n:02}" for n in range(1, 9)]
_SHOPS = ["S01", "S02", "S07", "S09"]
_ITEMS = {"4001": "Milk", "4002": "Bread", "4017": "Tea", "4020": "Soap", "4031": "Rice"}


def _first_key(table: str) -> tuple[str, ...]:
    keys = profile(table.encode(), "sample.csv").keys
    return keys[0].columns if keys else ()


def _sales(kept: float, days: list[str]) -> str:
    drawn = random.Random(11)  # noqa: S311  made-up amounts
    rows = "".join(
        f"{day},{shop},{item},{_ITEMS[item]},{drawn.randint(1, 90)},{drawn.uniform(4, 400):.2f}\n"
        for day, shop, item in itertools.product(days, _SHOPS, _ITEMS)
        if drawn.random() < kept
    )
    return f"date,store,product,description,units,amount\n{rows}"


@pytest.mark.parametrize("kept", [1.0, 0.8, 0.3])
def test_sales_by_day_store_and_product_have_all_three_as_their_key(kept: float) -> None:
    assert _first_key(_sales(kept, _DAYS)) == ("date", "store", "product")


def test_a_day_that_a_whole_file_is_of_leaves_the_other_sides_as_the_key_though_each_row_has_words() -> None:
    assert _first_key(_sales(1.0, _DAYS[:1])) == ("store", "product")


def test_counts_that_hardly_repeat_are_no_part_of_a_key_beside_sides_that_tell_rows_apart() -> None:
    drawn = random.Random(5)  # noqa: S311  made-up counts
    rows = "".join(
        f"{country},{sex},{age},{drawn.randint(1000, 90000)}\n"
        for country, sex, age in itertools.product(["AT", "BE", "CH", "DE"], "FM", ["0-17", "18-64", "65+"])
    )

    assert _first_key(f"country,sex,age,people\n{rows}") == ("country", "sex", "age")


def test_weekdays_and_hours_of_a_series_are_no_key_beside_its_moments() -> None:
    rows = "".join(
        f"2026-03-{2 + n // 24:02} {n % 24:02}:00:00,{n // 24 + 1},{n % 24},{n}.5\n" for n in range(168)
    )

    assert _first_key(f"ts,weekday,hour,load\n{rows}") == ("ts",)


def test_rows_that_have_a_number_of_their_own_keep_it_though_day_and_account_fill_a_grid() -> None:
    rows = "".join(
        f"{day},{account},T{n:05},{n}.5\n"
        for n, (day, account) in enumerate(itertools.product(_DAYS, _SHOPS))
    )

    assert _first_key(f"day,account,trade_id,amount\n{rows}") == ("trade_id",)


def test_two_short_lists_that_fill_a_grid_of_few_rows_prove_nothing() -> None:
    rows = "".join(f"{code},{name},{n}.5\n" for n, (code, name) in enumerate(itertools.product("AB", "xyz")))

    keys = profile(f"code,kind,rate\n{rows}".encode(), "sample.csv").keys

    assert all(key.score < 2.5 for key in keys)

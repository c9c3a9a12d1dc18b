"""Files whose first record is about the file and whose last one closes it."""

import pytest

from config_gen.profile import profile
from domain.configuration.profiles import SampleProfile


def _seen(first: str, last: str, tag: str = "D", rows: int = 30) -> SampleProfile:
    body = "".join(f"{tag}|{1000 + n}|Person {n % 7}|{n}.50\n" for n in range(rows))
    return profile(f"{first}\n{body}{last}\n".encode(), "payroll.txt")


@pytest.mark.parametrize("last", ["T|30|435.50", "TRL|30|435.50|", "9|30"])
@pytest.mark.parametrize("first", ["H|PAYROLL|20260301|ACME", "HDR|20260301|7|X", "00|PAYROLL|2026-03-01|A"])
def test_records_between_a_head_and_a_trailer_are_the_rows(first: str, last: str) -> None:
    seen = _seen(first, last)

    assert seen.header is not None
    assert (seen.header.present, seen.header.row, seen.trailer_rows, seen.records) == (False, 1, 1, 30)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("H|NUMBER|NAME|AMOUNT", "D|1|Person 1|2.50"),
        ("H|NUMBER|NAME|AMOUNT", "T|30||435.50"),
        ("KIND|NUMBER|NAME|20260301", "T|30||435.50"),
    ],
)
def test_names_above_records_with_a_tag_stay_the_header(first: str, last: str) -> None:
    seen = _seen(first, last)

    assert seen.header is not None
    assert (seen.header.present, seen.header.row) == (True, 0)


def test_a_table_whose_first_column_is_no_tag_is_not_framed() -> None:
    rows = "".join(f"K{n}|{n}|x|{n}.5\n" for n in range(20))

    seen = profile(f"H|20260301|a|1\n{rows}T|20|b|2\n".encode(), "x.txt")

    assert seen.trailer_rows == 0


@pytest.mark.parametrize(
    "rows",
    [
        ["H,2026-03-02,151.20", "IBM,2026-03-02,251.10", "MMM,2026-03-02,101.0", "T,2026-03-02,22.10"],
        ["0,10.5,3", "1,20.1,4", "2,5.5,1", "3,5.1,2", "9,3.3,2"],
        ["file,size,2026", "a,10,3", "b,20,4", "c,5,1", "z,3,2"],
    ],
)
def test_a_few_records_each_with_a_name_of_its_own_are_not_framed_by_the_first_and_the_last(
    rows: list[str],
) -> None:
    seen = profile(("\n".join(rows) + "\n").encode(), "prices.csv")

    assert seen.header is not None
    assert (seen.trailer_rows, seen.records + seen.header.present) == (0, len(rows))

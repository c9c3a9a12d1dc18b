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


def _page(number: int, first: int) -> str:
    rule = "-" * 40 + "\n"
    rows = "".join(
        f"| {first + n} | {n % 3 + 1}000 | {n + 10:02d}.03.2025 | {n}1,50{'- '[n % 2]} |\n" for n in range(9)
    )
    return (
        f"Open posts      Page: {number}\n\n{rule}| DocNo | Code | Day        | Amount |\n{rule}{rows}{rule}"
    )


def test_the_head_of_every_page_of_a_list_is_left_out() -> None:
    found = profile((_page(1, 19000) + _page(2, 19100) + _page(3, 19200)).encode(), "list.txt")

    assert [column.name for column in found.columns] == ["DocNo", "Code", "Day", "Amount"]
    assert found.records == 27
    assert found.columns[3].negative == "trailing"
    assert any("list of 3 pages" in warning for warning in found.warnings)
    assert found.format_evidence.startswith("27 of 27 records")


def test_a_short_record_above_a_header_that_stands_again_stays_a_record() -> None:
    rows = "".join(f"{n},x{n},{n}.5\n" for n in range(12))

    found = profile(f"id,name,amount\n{rows}7,short\nid,name,amount\n{rows}".encode(), "glued.csv")

    assert found.records == 25
    assert any("glued" in warning for warning in found.warnings)


_REPORT = "".join(f"A{n:07d}  03/{n % 9 + 10}/2025 {n * 7:>6} {n * 31:>9}.50\n" for n in range(40, 70))
_NAMES = "ACCT      TRADE DT   QTY       AMOUNT\n"


def test_titles_of_a_report_run_across_its_columns_and_name_none() -> None:
    head = "REPORT: DAILY SETTLEMENT\nRUN: 03/03/2025 18:00\n\n"

    found = profile(f"{head}{_NAMES}{_REPORT}\nEND OF REPORT - 30 RECORDS\n".encode(), "report.txt")

    assert [column.name for column in found.columns] == ["ACCT", "TRADE DT", "QTY", "AMOUNT"]
    assert found.records == 30
    assert "2 lines above the names are titles." in found.warnings


@pytest.mark.parametrize("head", ["", _NAMES])
def test_a_report_without_titles_loses_no_record(head: str) -> None:
    assert profile(f"{head}{_REPORT}".encode(), "report.txt").records == 30

"""What senders declare of their files is read in the forms that they use, and a difference is named."""

from decimal import Decimal

import pytest

from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation
from telemetry.declared import (
    Spelling,
    files_of_manifest,
    is_trailer,
    number_in_name,
    parts_in_name,
    said_by_manifest,
    said_by_name,
    said_by_trailer,
)
from telemetry.declared_checks import (
    Allowed,
    Arrived,
    counts_differ,
    files_differ,
    joined,
    numbers_missing,
    sums_differ,
    told_once,
)

AMOUNT = Spelling({"amount": ("Amount",)})
TOTAL = Decimal("4567.89")
FORMS = ("2026-11-22", "20261122", "22112026")
EXACT = Allowed()


@pytest.mark.parametrize(
    "record",
    [
        "T,100,4567.89",
        "TRL,records=100,sum=4567.89",
        "EOF,COUNT,100,AMOUNT,4567.89",
        "99,100,4567.89,20261122",
        "TRAILER,20261122,000100,4567.89",
        "100,4567.89",
        "trailer: 100 records,amount 4567.89",
        "T,100,USD,4567.89",
        "Z,fx,22.11.2026,100,4567.89",
        "T,20261122063000,06:30:00,100,4567.89",
        "999999,+000000100,4567.89",
        "END,REC_COUNT,100,HASH,4567.89",
    ],
)
def test_a_trailer_is_read_with_labels_or_by_its_usual_order(record: str) -> None:
    said = said_by_trailer(record.split(","), AMOUNT)

    assert (said.rows, said.sums) == (100, {"amount": TOTAL})


def test_a_trailer_of_another_country_and_two_totals_are_read() -> None:
    spelling = Spelling({"debit": ("Soll",), "credit": ("Haben",)}, decimal_char=",", group_char=".")

    said = said_by_trailer(["E", "1200", "4.567,89", "12,50"], spelling)

    assert (said.rows, said.sums) == (1200, {"debit": TOTAL, "credit": Decimal("12.50")})


@pytest.mark.parametrize(
    "record",
    ["T0000100", "EOF 100", "(100 rows affected)", "*** END OF FILE - 100 RECORDS ***", "T,batch=7,100"],
)
def test_a_trailer_of_one_word_tells_its_rows(record: str) -> None:
    assert said_by_trailer(record.split(","), AMOUNT).rows == 100


def test_a_trailer_that_is_filled_up_with_blanks_is_read_in_no_time() -> None:
    filler = " " * 20_000

    said = said_by_trailer(["T0000100", filler, f"checked{filler}twice"], AMOUNT)

    assert said.rows == 100


def test_a_trailer_may_tell_a_negative_sum_and_a_size_is_no_number_of_rows() -> None:
    assert said_by_trailer(["TRL", "100", "-4567.89"], AMOUNT).sums == {"amount": -TOTAL}
    size = said_by_manifest("a.csv 8123 d41d8cd98f00b204e9800998ecf8427e", "a.csv", AMOUNT, 8123)
    assert size is not None
    assert size.rows is None


def test_a_row_at_the_end_is_no_trailer() -> None:
    assert not is_trailer(["T9", "5.25", "22.11.2026"], 3)
    assert is_trailer(["TRL", "100", "5.25"], 3)
    assert is_trailer(["(100 rows)"], 3)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("fx_20261122_100.csv", 100),
        ("fx_2026-11-22_063000_000100.csv", 100),
        ("fx_20261122_100recs_063000.csv", 100),
        ("fx_20261122.csv", None),
        ("fx_2of3_20261122_100.csv", 100),
    ],
)
def test_the_name_of_a_file_tells_its_rows_beside_day_and_time(name: str, rows: int | None) -> None:
    assert said_by_name(name, "fx_*.csv", FORMS, AMOUNT).rows == rows
    assert said_by_name(name, "fx_*.csv", (), AMOUNT).rows == rows


def test_the_name_of_a_file_tells_parts_running_number_and_labelled_sums() -> None:
    assert parts_in_name("fx_2of3_20261122.csv") == 3
    assert number_in_name("fx_20261122_0007.csv", "fx_*.csv", FORMS) == 7
    assert said_by_name("fx_n100_sum4567.89.csv", "fx_*.csv", (), AMOUNT).sums == {"amount": TOTAL}


@pytest.mark.parametrize(
    "text",
    [
        '{"files": [{"name": "in/a.csv", "row_count": 100, "total_amount": "4567.89"}, {"name": "b.csv"}]}',
        '{"recordCount": 100, "amount": 4567.89, "date": "2026-11-22"}',
        "file,rows,amount\na.csv,100,4567.89\nb.csv,3,1",
        "a.csv 100 4567.89",
        "rows=100\namount=4567.89",
    ],
)
def test_a_manifest_is_read_as_json_table_or_lines(text: str) -> None:
    said = said_by_manifest(text, "a.csv", AMOUNT)

    assert said is not None
    assert (said.rows, said.sums) == (100, {"amount": TOTAL})


def test_a_manifest_that_lists_other_files_says_nothing_of_this_one() -> None:
    assert said_by_manifest("b.csv,3", "a.csv", AMOUNT) is None
    assert said_by_manifest('[{"file": "b.csv", "rows": 3}]', "a.csv", AMOUNT) is None
    assert files_of_manifest('[{"file": "in/b.csv"}, {"file": "c.csv"}]') == ("b.csv", "c.csv")
    assert files_of_manifest("b.csv,3\nc.csv,4") == ("b.csv", "c.csv")


def test_a_number_of_rows_that_differs_is_classified() -> None:
    def kind(declared: int, arrived: Arrived) -> MismatchClass | None:
        found = counts_differ(declared, arrived, EXACT, "the trailer")
        return found.kind if found else None

    assert kind(100, Arrived(100)) is None
    assert kind(100, Arrived(0)) is MismatchClass.MISSING_PARTITION
    assert kind(100, Arrived(95)) is MismatchClass.MISSING_ROWS
    assert kind(100, Arrived(105)) is MismatchClass.EXTRA_ROWS
    assert kind(100, Arrived(105, distinct_rows=100)) is MismatchClass.DUPLICATES
    assert counts_differ(100, Arrived(99), Allowed(per_mille=10), "it") is None
    edge = counts_differ(102, Arrived(100, edge_records=(1, 2)), EXACT, "it")
    assert edge is not None
    assert "may count them too" in edge.detail


def test_a_sum_that_differs_is_classified() -> None:
    def kind(declared: str, had: str, **more: object) -> MismatchClass | None:
        arrived = Arrived(100, {"amount": Decimal(had)}, digits={"amount": 2}, **more)  # type: ignore[arg-type]
        found = sums_differ("amount", Decimal(declared), arrived, EXACT, "the trailer")
        return found.kind if found else None

    assert kind("4567.89", "4567.89") is None
    assert kind("4567.89", "-4567.89") is MismatchClass.SIGN
    assert kind("456789", "4567.89") is MismatchClass.OTHER_UNIT
    assert kind("4567.95", "4567.89") is MismatchClass.ROUNDING
    assert kind("4967.89", "4567.89") is MismatchClass.CONTROL_TOTAL
    assert kind("4567.89", "5000.00", distinct_sums={"amount": TOTAL}) is MismatchClass.DUPLICATES


def test_files_and_running_numbers_that_did_not_come_are_named() -> None:
    lost = files_differ(["a.csv", "b.csv"], ["a.csv"], "the manifest")
    assert lost is not None
    assert "b.csv" in lost.detail
    assert files_differ(3, ["a", "b", "c"], "the name") is None
    gap = numbers_missing([8, 10], [7])
    assert gap is not None
    assert (gap.kind, gap.rows) == (MismatchClass.MISSING_FILE, 1)
    assert numbers_missing([1, 2], [9]) is None, "numbers that begin anew each day"


def test_what_rows_have_shown_is_not_told_again_by_their_number() -> None:
    lost = Mismatch(MismatchClass.MISSING_ROWS, 5)
    total = Mismatch(MismatchClass.CONTROL_TOTAL, 95, "amount")
    rows, declared = Reconciliation(100, 95, 95, (lost,)), Reconciliation(100, 95, 95, (lost, total))

    both = joined(rows, declared).mismatches

    assert [(one.kind, one.rows, one.is_declared) for one in both] == [
        (MismatchClass.CONTROL_TOTAL, 95, True),
        (MismatchClass.MISSING_ROWS, 5, True),
    ]
    assert [one.rows for one in told_once([lost, lost, total])] == [5, 5]


def test_rounding_contradicts_nobody_and_rows_alone_declare_nothing() -> None:
    rounded = Reconciliation(100, 100, 100, (Mismatch(MismatchClass.ROUNDING, 100, "amount"),))
    lost = Reconciliation(100, 95, 95, (Mismatch(MismatchClass.MISSING_ROWS, 5),))

    assert [one.is_declared for one in joined(lost, rounded).mismatches] == [False, False]
    assert not joined(lost, None).mismatches[0].is_declared

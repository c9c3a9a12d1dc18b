"""Fixed columns whose words and numbers hold commas, and delimited files that look alike."""

import pytest

from config_gen.profile import profile
from config_gen.samples.tagged import several_kinds
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import ColumnType


def _listed(*rows: tuple[str, ...]) -> bytes:
    """Return rows in columns of 12 characters, the last aligned right, as programs print lists."""
    return "".join("".join(f"{cell:<12}" for cell in row[:-1]) + f"{row[-1]:>12}\n" for row in rows).encode()


def test_a_decimal_comma_in_columns_of_blanks_parts_no_cells() -> None:
    rows = [(f"A{n:03}", f"Part {n * 7 % 5}{'xyz'[n % 3]}", f"{n * 31},{n:02}") for n in range(1, 20)]

    found = profile(_listed(("Artikel", "Name", "Preis"), *rows), "list.txt")

    assert found.format is FormatKind.FIXED_WIDTH
    assert [column.name for column in found.columns] == ["Artikel", "Name", "Preis"]
    assert (found.columns[2].type, found.columns[2].decimal_char) == (ColumnType.DECIMAL, ",")


def test_surnames_before_a_comma_in_columns_of_blanks_part_no_cells() -> None:
    rows = [(f"{n:04}", f"Lee, {'ABC'[n % 3]}o", "Paris") for n in range(1, 20)]

    found = profile(_listed(("ID", "NAME", "CITY"), *rows), "list.txt")

    assert [column.name for column in found.columns] == ["ID", "NAME", "CITY"]


@pytest.mark.parametrize(
    "text",
    [
        "id  ,name    ,v   \n" + "".join(f"{n:<4},n{n:<7},{n:<4}\n" for n in range(10, 30)),
        "postcode,east,north\n" + "".join(f"B{n % 10}  1AA,{n + 100},{n + 200}\n" for n in range(20)),
        "id,note,v\n" + "".join(f'{n},"Lee,  Jo  of  {n}",{n}\n' for n in range(10, 30)),
        "note,v\n" + "".join(f"two  blanks {'x' * n},{n}\n" for n in range(10, 30)),
    ],
)
def test_blanks_inside_cells_or_at_their_edges_make_no_columns(text: str) -> None:
    found = profile(text.encode(), "x.csv")

    assert found.format is FormatKind.DELIMITED
    assert found.dialect is not None
    assert found.dialect.delimiter == ","


@pytest.mark.parametrize("header", ["", f"{'x':>10}{'flux':>16}{'err':>10}\n"])
def test_a_power_of_ten_stays_with_its_number(header: str) -> None:
    lines = "".join(f"{n * 0.5:10.3f}{n * 3.3e-12:16.4E}{1e-7 * n:10.1e}\n" for n in range(1, 30))

    found = profile((header + lines).encode(), "flux.dat")

    assert [column.type for column in found.columns] == [ColumnType.DECIMAL] * 3


def test_a_letter_between_digits_still_parts_fields_without_a_power() -> None:
    lines = "".join(f"{n:06}E{n * 7:05}\n" for n in range(10, 40))

    assert len(profile(lines.encode(), "codes.txt").fixed_width) > 1


def _customers_with_lines() -> str:
    return "".join(
        f"1{n:05}CUSTOMER {n:<11}\n" + "".join(f"2{n:05}{k:03}{k * 100:08}{'':<9}\n" for k in range(3))
        for n in range(1, 10)
    )


def test_records_of_several_layouts_are_told_by_their_first_character() -> None:
    found = profile(_customers_with_lines().encode(), "orders.dat")

    told = [said for said in found.warnings if said.startswith("Records of several kinds")]
    assert len(told) == 1
    assert "1 (9) and 2 (27)" in told[0]
    assert found.records == 36


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{n * 977:06}{'Name ' + 'abcdefg'[n % 7]:<20}{n * 1.5:>10.2f}\n" for n in range(100, 140)),
        "".join(f"{'AB'[n % 2]}{n:05}{'red' if n % 2 else 'green':<8}{n:>6}\n" for n in range(40)),
        "".join(f"{'DC'[n % 2]}{n:08}{'paid' if n % 2 else 'note':<6}\n" for n in range(40)),
    ],
)
def test_records_of_one_layout_are_of_one_kind(text: str) -> None:
    assert not any("several kinds" in said for said in profile(text.encode(), "x.dat").warnings)


def test_words_that_go_with_a_field_that_not_every_record_fills_are_no_layouts() -> None:
    states = [
        f"{'OPEN' if n % 2 else 'CLOSED':<8}{n:06} Name {n:<8}{'' if n % 2 else '2024-01-31':<10}"
        for n in range(10, 40)
    ]

    assert not several_kinds(states)
    assert several_kinds(_customers_with_lines().splitlines())

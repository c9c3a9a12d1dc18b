"""Texts that are amounts with their sign in a letter are told with what to ask for; other codes are not."""

import pytest

from config_gen.profile import profile

_PUNCHED = ("000012{", "000345}", "00011A", "00027J", "00939C", "01200L", "00012}", "00077{")


def _warnings(values: tuple[str, ...], name: str = "amt") -> str:
    rows = "".join(f'A{n},"{value}"\n' for n, value in enumerate(values))
    return " ".join(profile(f"id,{name}\n{rows}".encode(), "sample.csv").warnings)


def test_overpunched_numbers_are_told() -> None:
    assert "amt: numbers of COBOL" in _warnings(_PUNCHED)


@pytest.mark.parametrize("marks", [("CR", "DR"), ("Dr", "Cr"), ("C", "D"), ("S", "H")])
def test_the_side_behind_an_amount_is_told(marks: tuple[str, str]) -> None:
    values = tuple(f"{n * 37}.{n + 10} {marks[n % 2]}" for n in range(1, 20))

    assert "behind each amount" in _warnings(values)


@pytest.mark.parametrize(
    "values",
    [
        tuple(f"{n:05d}{'ABCD'[n % 4]}" for n in range(20)),  # codes of parts
        tuple(f"{n}{'CD'[n % 2]}" for n in range(20)),  # seats at the aisle
        tuple(f"{n} C" for n in range(20)),  # degrees
        tuple(f"{n}{'CRN'[n % 3]}" for n in range(20)),  # seats
        tuple(f"{n * 3}.50" for n in range(20)),  # amounts
        ("12{", "a}", "b", "c", "d", "e", "f"),
    ],
)
def test_other_codes_with_a_letter_behind_are_not(values: tuple[str, ...]) -> None:
    said = _warnings(values)

    assert "COBOL" not in said
    assert "behind each amount" not in said


def test_a_total_is_told_by_the_name_of_what_it_sums_up() -> None:
    rows = "".join(
        "".join(f"{region},P{n},{n * 7}\n" for n in range(1, 6)) + f"Total {region},,105\n"
        for region in ("North", "South", "West")
    )

    seen = profile(f"region,product,sales\n{rows}East,P1,5\nEast,P2,6\n".encode(), "sales.csv")

    assert any("3 records sum up others" in one for one in seen.warnings)


@pytest.mark.parametrize("name", ["Total Energies", "Total Wine"])
def test_who_is_called_total_sums_nothing_up(name: str) -> None:
    rows = "".join(f"{('Shell', 'BP', name)[n % 3]},{n if n % 3 < 2 else ''},{n}\n" for n in range(30))

    assert not any("sum" in one for one in profile(f"firm,lots,v\n{rows}".encode(), "f.csv").warnings)

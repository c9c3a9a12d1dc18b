"""Keys that are proposed, and columns that are unique in a sample by chance."""

import pytest

from config_gen.assembly import assemble
from config_gen.profile import profile
from domain.configuration.onboarding import OnboardingAnswers


def _first_key(table: str) -> tuple[str, ...]:
    keys = profile(table.encode(), "sample.csv").keys
    return keys[0].columns if keys else ()


_STATEMENTS = (
    "Date,Description,Debit,Credit\n"
    "2024-03-01,Card payment,12.40,\n2024-03-02,Salary,,2500.00\n2024-03-04,Rent,950.00,\n"
    "2024-03-05,Cash,100.00,\n2024-03-08,Interest,,1.20\n",
    "Valuta;Verwendungszweck;Betrag\n"
    + "".join(f"{n:02}.03.2024;Rechnung {n * 7};{n * 13},50\n" for n in range(1, 12, 2)),
    "date,payee,category,amount\n"
    + "".join(f"2024-03-{n:02},Shop {n % 5},food,{n}.50\n" for n in range(1, 20, 2)),
)


@pytest.mark.parametrize("table", _STATEMENTS)
def test_days_texts_and_amounts_of_bookings_are_no_key(table: str) -> None:
    assert _first_key(table) == ()


def test_statement_numbers_group_bookings_and_tell_none_apart() -> None:
    rows = "".join(
        f":20:X\n:25:1/2\n:28C:{n}/1\n:60F:C240229EUR1,00\n:61:2403010301D{n},00NTRFNONREF\n:86:Text {n}\n"
        f":61:2403020302C{n + 1},00NTRFNONREF\n:86:Words {n}\n:62F:C240305EUR2,00\n-\n"
        for n in (11, 12)
    )

    assert profile(rows.encode(), "statement.sta").keys == ()


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (
            "Date,Reference,Description,Amount\n"
            + "".join(f"2024-03-{n:02},TX{n * 91:05},Text {n},{n}.50\n" for n in range(1, 20)),
            ("Reference",),
        ),
        (
            "posted,document_no,line_no,text,amount\n"
            + "".join(f"2024-03-{n // 4 + 1:02},D{n // 3},{n % 3 + 1},t{n},{n}.5\n" for n in range(36)),
            ("document_no", "line_no"),
        ),
        (
            "date,account,description,balance,debit\n"
            + "".join(f"2024-03-{n // 3 + 1:02},A{n % 3},Name {n % 3},{n}.5,{n}\n" for n in range(30)),
            ("date", "account"),
        ),
        (
            "date,description,temperature\n"
            + "".join(f"2024-03-{n:02},{['sun', 'rain', 'fog'][n % 3]},{n}.5\n" for n in range(1, 20)),
            ("date",),
        ),
        (
            "date,open,close,amount\n" + "".join(f"2024-03-{n:02},{n}.1,{n}.2,{n}\n" for n in range(1, 20)),
            ("date",),
        ),
    ],
)
def test_numbers_lines_and_daily_values_stay_keys(table: str, key: tuple[str, ...]) -> None:
    assert _first_key(table) == key


def test_a_number_of_the_row_goes_before_a_day_that_is_unique_by_chance() -> None:
    rows = "".join(f"{n:02}.03.2024;RE-{n * 7:05};Kunde {n};{n},50\n" for n in range(1, 20))

    assert _first_key(f"Datum;Rechnungsnr;Kunde;Netto\n{rows}") == ("Rechnungsnr",)


def test_a_count_beside_a_day_is_no_number_of_the_row() -> None:
    rows = "".join(f"2024-03-{n:02},{n * 31}\n" for n in range(1, 20))

    assert _first_key(f"date,total number\n{rows}") == ("date",)


def test_the_year_that_a_whole_file_is_of_is_part_of_its_key() -> None:
    rows = "".join(f"2023,{n // 28 + 1},{n % 28 + 1},{n}.5\n" for n in range(84))
    seen = profile(f"year,month,day,rain\n{rows}".encode(), "rain.csv")

    agreed = assemble(seen, OnboardingAnswers(feed="rain", owner_team="weather"))

    assert agreed.keys.primary == ("year", "month", "day")


def test_the_year_in_which_things_were_made_is_no_part_of_a_key() -> None:
    rows = "".join(f"C{n},2023,{n}.5\n" for n in range(20))
    seen = profile(f"car_id,model_year,price\n{rows}".encode(), "cars.csv")

    assert assemble(seen, OnboardingAnswers(feed="cars", owner_team="fleet")).keys.primary == ("car_id",)

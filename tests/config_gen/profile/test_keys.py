"""Keys that are proposed, and columns that are unique in a sample by chance."""

import pytest

from config_gen.assembly import assemble
from config_gen.chance_keys import is_plausible
from config_gen.profile import profile
from config_gen.questions import parse_answers
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


def test_what_is_paid_or_where_somebody_lives_is_no_key_beside_a_number() -> None:
    rows = "\n".join(f"{40213 + n * 97:05d};{n:08d};{51000 + n * n}" for n in range(40))

    assert _first_key(f"plz;artikel;salary\n{rows}\n") == ("artikel",)


def test_an_amount_in_the_first_place_keeps_its_chance() -> None:
    assert _first_key("amount,note\n" + "\n".join(f"{n * n},x" for n in range(30)) + "\n") == ("amount",)


def test_a_reference_that_begins_its_name_is_one() -> None:
    rows = "\n".join(f"2025-01-{n // 2 + 10},R{n:03d},Asso {'abcd'[n % 4]},{n * 7 % 5}" for n in range(8))

    assert _first_key(f"dateConvention,referenceDecision,nomBeneficiaire,x\n{rows}\n") == (
        "referenceDecision",
    )


def test_the_code_behind_what_it_calls_is_the_key() -> None:
    rows = "\n".join(f"Region {'ABCDEFGHIJKL'[n]},E120{n:02d},{n * 31}" for n in range(12))

    assert _first_key(f"Region,Code,Claims\n{rows}\n") == ("Code",)
    assert _first_key(f"Region,Area Code,Claims\n{rows}\n") == ("Region",)


def test_of_a_name_and_its_code_the_code_is_part_of_the_key() -> None:
    years = {"Albania,ALB": (1981, 1990, 2001), "Brazil,BRA": (1983, 1990), "Kenya,KEN": (1990, 1999, 2012)}
    rows = "\n".join(f"{own},{year},{year % 7}.5" for own, some in years.items() for year in some)

    assert _first_key(f"Country Name,Country Code,Year,Value\n{rows}\n") == ("Country Code", "Year")


def test_rows_are_not_merged_by_columns_that_tell_them_apart_by_chance() -> None:
    rows = "\n".join(f"C{n * 7 % 30},P{n * 11 % 20},{n % 9},{n % 7}.5" for n in range(40))
    sample = profile(f"customer,product,qty,price\n{rows}\n".encode(), "sales.csv")

    assert sample.keys
    assert not is_plausible(sample.columns, sample.keys[0], sample.records)
    assert any("rows are not merged by it" in warning for warning in sample.warnings)
    assert assemble(sample, parse_answers(sample, {"owner_team": "x"})).load.merge_on == ()


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("order_no,line,sku,amount", "{a},{b},{c},{a}.5"),
        ("from_stop,to_stop,kind", "s{a},t{b},{c}"),
        ("note,meter_id,read_at,kwh", "n{c},m{a},2025-03-{d:02d} 00:00:00,{c}.5"),
    ],
)
def test_rows_are_merged_by_columns_that_are_there_to_tell_them_apart(header: str, row: str) -> None:
    rows = [row.format(a=n // 5, b=n % 5, c=n % 3, d=n % 5 + 1) for n in range(30)]
    sample = profile("\n".join([header, *rows, ""]).encode(), "sample.csv")

    assert len(sample.keys[0].columns) == 2
    assert is_plausible(sample.columns, sample.keys[0], sample.records)


@pytest.mark.parametrize(
    "header", ["store,sales,opened_on", "site,net_weight,read_on", "region,Preis,Tag", "kind,level,day"]
)
def test_rows_are_not_merged_by_an_amount_that_happens_to_differ(header: str) -> None:
    rows = "\n".join(f"S{n % 4},{n * 37 % 101}.{n % 90 + 10},2026-03-{n % 9 + 10}" for n in range(60))
    sample = profile(f"{header}\n{rows}\n".encode(), "daily.csv")

    assert sample.keys[0].columns == (header.split(",")[1],)
    assert any("rows are not merged by it" in warning for warning in sample.warnings)
    assert assemble(sample, parse_answers(sample, {"owner_team": "x"})).load.merge_on == ()


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("invoice_total_no,region", "{n}"),
        ("id,region", "{n}.0"),
        ("version,region", "{n}.5"),
        ("read_at,region", "2026-03-{n} 10:00:00"),
    ],
)
def test_rows_are_merged_by_one_column_that_is_there_to_tell_them_apart(header: str, cell: str) -> None:
    rows = "\n".join(f"{cell.format(n=n)},R{n % 3}" for n in range(10, 31))
    sample = profile(f"{header}\n{rows}\n".encode(), "sample.csv")

    assert is_plausible(sample.columns, sample.keys[0], sample.records)


@pytest.mark.parametrize("name", ["Claim #", "Claim#"])
def test_a_sign_for_a_number_names_the_rows_as_the_word_does(name: str) -> None:
    lines = "".join(f"{n * 37 % 19:05d},{2026000000 + n},99213\n" for n in range(60))

    seen = profile(f"Payer ID,{name},CPT\n{lines}".encode(), "remit.csv")

    assert seen.keys[0].columns == (name,)

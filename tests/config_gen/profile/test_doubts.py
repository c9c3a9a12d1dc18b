"""What a profile asks a person to look at: odd values with their place, doubled names, keys by chance."""

import datetime as dt

from config_gen.profile import profile
from domain.configuration.profiles import ColumnType


def _warnings(text: str) -> list[str]:
    return list(profile(text.encode(), "sample.csv").warnings)


def test_a_date_column_that_few_values_break_names_them_and_where_they_stand() -> None:
    days = [(dt.date(2026, 1, 1) + dt.timedelta(n)).isoformat() for n in range(60)]
    days[40], days[50], days[55] = "10/02/2026", "tbd", "20.03.2026"
    text = "id,booked_on\n" + "\n".join(f"{n},{day}" for n, day in enumerate(days)) + "\n"

    found = profile(text.encode(), "sample.csv")

    assert found.columns[1].type is ColumnType.STRING
    said = next(one for one in found.warnings if one.startswith("booked_on"))
    assert "57 of 60 values follow %Y-%m-%d, 3 not" in said
    assert "“10/02/2026” in record 41, “tbd” in record 51 and “20.03.2026” in record 56" in said


def test_a_file_that_mixes_two_encodings_is_read_as_the_one_of_nearly_all_its_lines() -> None:
    rows = [f"{n};Müller {n}".encode("latin-1" if n in (40, 70) else "utf-8") for n in range(100)]

    found = profile(b"id;name\n" + b"\n".join(rows) + b"\n", "sample.csv")

    assert found.encoding == "utf-8"
    assert found.columns[1].examples[0] == "Müller 0"
    said = next(one for one in found.warnings if one.startswith("Two encodings are mixed"))
    assert "2 lines are cp1252, the others utf-8 (42 and 72)" in said


def test_a_number_that_a_load_would_reject_is_named_and_plain_text_is_not() -> None:
    rows = [f"{n},{n * 1.5},street {n}" for n in range(1, 100)]
    rows[9] = "10,about fifteen,street 10"

    said = _warnings("id,amount,address\n" + "\n".join(rows) + "\n")

    assert ["a load would reject" in one and "“about fifteen” in record 10" in one for one in said] == [True]


def test_names_that_stand_twice_or_not_at_all_are_told() -> None:
    said = _warnings("id,amount,amount,\n" + "".join(f"{n},{n},{n * 2},x{n}\n" for n in range(1, 30)))

    assert any("amount is called amount_2" in one for one in said)
    assert any("1 column has no name in the header: column_4" in one for one in said)


def test_a_header_without_records_says_that_nothing_can_be_told() -> None:
    assert any("a header and no record" in one for one in _warnings("id,name,amount\n"))


def test_a_key_that_columns_without_meaning_would_be_too_is_called_chance() -> None:
    noise = "".join(",".join(str((n * n * (k + 3) + n * k) % 11) for k in range(9)) + "\n" for n in range(11))
    names = ",".join(f"c{n}" for n in range(9)) + "\n"
    grid = "day,book,amount\n" + "".join(f"2026-01-{d:02d},b{b},1\n" for d in range(1, 29) for b in range(9))

    assert any("may be chance" in one for one in _warnings(names + noise))
    assert not any("may be chance" in one for one in _warnings(grid))


def test_births_with_years_of_two_digits_are_doubted() -> None:
    def told(header: str, year: str) -> bool:
        rows = "".join(f"{n},{n % 28 + 1:02d}.03.{year}{n % 60 + 30}\n" for n in range(1, 40))
        return any(
            "born before" in said for said in profile(f"id,{header}\n{rows}".encode(), "a.csv").warnings
        )

    assert told("birth_date", "")
    assert not told("birth_date", "19")
    assert not told("trade_date", "")


def test_codes_that_a_spreadsheet_cut_to_powers_of_ten_are_named() -> None:
    rows = "".join(f"{n}.57113E+12;{n}.5E+03\n" for n in range(1, 9))

    found = profile(f"barcode;load\n{rows}".encode(), "items.csv")

    (said,) = [one for one in found.warnings if "powers of ten" in one]
    assert said.startswith("barcode: ")
    assert "exported as text" in said


def test_letters_that_were_encoded_twice_are_told_and_others_are_not() -> None:
    table = "id,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(["Müller", "Groß", "Zoë", "Åse"]))
    twice = table.encode().decode("cp1252").encode()

    assert any("“Ã¼” was “ü”" in warning for warning in profile(twice, "n.csv").warnings)
    assert profile(table.encode(), "n.csv").warnings == ()
    assert profile("id,ort\n1,東京\n2,大阪\n3,京都\n".encode(), "n.csv").warnings == ()

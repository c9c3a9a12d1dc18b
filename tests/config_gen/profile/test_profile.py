"""The whole profile of a table: meanings, keys, questions, several files, and its journey as JSON."""

import datetime as dt

import pytest

from config_gen.profile import profile
from config_gen.profile_union import united
from domain.configuration.profiles import ColumnType, SampleProfile

_TRADES = (
    "trade_id,isin,price,currency,country,email,traded_on\n"
    "1,US0378331005,1.50,USD,US,ana@example.org,01/02/2024\n"
    "2,DE0007164600,2.25,EUR,DE,jo@example.org,03/04/2024\n"
    "3,FR0000120271,9.00,EUR,FR,kim@example.org,05/06/2024\n"
)


def _meanings(text: str) -> dict[str, str]:
    return {
        column.name: column.meaning.label for column in profile(text.encode(), "x").columns if column.meaning
    }


def test_meanings_are_verified_by_check_digits() -> None:
    found = profile(_TRADES.encode(), "trades.csv")

    isin = found.find_column("isin")
    assert isin is not None
    assert isin.meaning is not None
    assert isin.meaning.verified
    assert isin.meaning.label == "isin"


def test_wrong_check_digits_are_no_isin() -> None:
    assert "isin" not in _meanings("isin\nUS0378331009\nDE0007164601\nFR0000120272\n").values()


@pytest.mark.parametrize(
    ("name", "values", "label"),
    [
        (
            "account",
            ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"],
            "iban",
        ),
        ("entity", ["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394", "7LTWFZYICNSX8D621K86"], "lei"),
        ("vorname", ["Anna", "Jonas", "Mia"], "first_name"),
        ("birth_date", ["1980-01-02", "1990-03-04", "2000-05-06"], "date_of_birth"),
        ("latitude", ["47.37", "46.2", "-12.5"], "latitude"),
        ("website", ["https://example.org/a", "https://example.org/b", "http://example.com"], "url"),
        ("ccy", ["EUR", "USD", "JPY"], "currency_code"),
        ("x", ["6781b04d-7b5f-4c1a-bceb-b953e6ef70d7", "2b2e7e1a-855f-4089-a570-c0af2381a6d6"], "uuid"),
    ],
)
def test_meanings_come_from_names_and_values(name: str, values: list[str], label: str) -> None:
    assert (
        _meanings(f"row,{name}\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values))).get(name)
        == label
    )


def test_personal_data_is_marked() -> None:
    email = profile(_TRADES.encode(), "trades.csv").find_column("email")

    assert email is not None
    assert email.meaning is not None
    assert email.meaning.personal


def test_the_key_is_proven() -> None:
    key = profile(_TRADES.encode(), "trades.csv").keys[0]

    assert key.columns == ("trade_id",)
    assert "3 rows, 3 different values" in key.proof


def test_a_composite_key_needs_all_its_columns() -> None:
    rows = "".join(f"{order},{line},{order * line % 3}\n" for order in range(1, 9) for line in range(1, 5))

    assert profile(f"order_id,line_no,qty\n{rows}".encode(), "lines.csv").keys[0].columns == (
        "order_id",
        "line_no",
    )


def test_what_only_numbers_the_rows_of_its_file_is_no_key() -> None:
    rows = "".join(f"{n + 1},{7 * n + 13},P{n * 31 % 40:03d},{n % 4}\n" for n in range(40))

    counted = profile(f"rownum,amount,policy_no,desk\n{rows}".encode(), "policies.csv")
    identified = profile(f"id,amount,policy_no,desk\n{rows}".encode(), "policies.csv")

    assert counted.keys[0].columns == ("policy_no",)
    assert identified.keys[0].columns == ("id",)


def test_a_number_that_tells_all_rows_apart_goes_before_names_that_do_by_chance() -> None:
    rows = "".join(f"Ann{n % 6},Roe{n % 7},{91000 + n * 37 % 500},{n % 5}\n" for n in range(40))

    found = profile(f"first,last,employee_no,desk\n{rows}".encode(), "staff.csv")

    assert found.keys[0].columns == ("employee_no",)


def test_the_code_of_a_thing_goes_before_what_it_is_called() -> None:
    table = "Country Name,Country Code,1990\n" + "".join(f"Land {n},C{n:02d},{n * 1.5}\n" for n in range(30))

    assert profile(table.encode(), "p.csv").keys[0].columns == ("Country Code",)


def test_an_undecided_date_is_asked_with_both_readings() -> None:
    question = profile(_TRADES.encode(), "trades.csv").questions[0]

    assert question.code == "day_month"
    assert len({reading.means for reading in question.readings}) == 2


def test_two_files_settle_what_one_leaves_open() -> None:
    other = _TRADES.replace("05/06/2024", "25/06/2024").replace("\n3,", "\n4,")

    both = united([profile(_TRADES.encode(), "a.csv"), profile(other.encode(), "b.csv")])

    day = both.find_column("traded_on")
    assert day is not None
    assert day.format == "%d/%m/%Y"
    assert both.files == ("a.csv", "b.csv")


def test_files_that_differ_are_told() -> None:
    both = united([profile(b"id,a\n1,2\n2,3\n", "a.csv"), profile(b"id,b\n1,x\n2,y\n", "b.csv")])

    assert any("lacks a" in warning for warning in both.warnings)
    assert both.find_column("b") is not None


def test_files_without_a_common_column_look_like_two_feeds() -> None:
    both = united([profile(b"id,a\n1,2\n2,3\n", "a.csv"), profile(b"day,b\n1,x\n2,y\n", "b.csv")])

    (said,) = both.warnings
    assert said.startswith("b.csv shares no column with a.csv: they look like two feeds. Withdraw this")
    assert [column.evidence.rpartition("; ")[2] for column in both.columns[:2]] == ["in 1 file integer"] * 2


def test_a_profile_survives_its_journey_as_json() -> None:
    found = profile(_TRADES.encode(), "trades.csv")

    assert SampleProfile.model_validate_json(found.model_dump_json()) == found


def test_nested_json_is_flattened_and_keeps_its_types() -> None:
    found = profile(
        b'[{"id": 1, "who": {"name": "Ana"}, "tags": ["x"]}, {"id": 2, "who": {"name": "Jo"}, "tags": []}]',
        "x",
    )

    assert {column.name: column.type for column in found.columns} == {
        "id": ColumnType.INTEGER,
        "who.name": ColumnType.STRING,
        "tags": ColumnType.ARRAY,
    }


def test_a_large_file_is_sampled_and_its_records_estimated() -> None:
    from config_gen.samples.limits import Limits

    data = b"id,name,amount\n" + b"".join(b"%d,name %d,%d.50\n" % (n, n, n) for n in range(60_000))
    limits = Limits(whole_bytes=100_000, head_bytes=50_000, blocks=8, block_bytes=20_000)

    found = profile(data, "large.csv", limits)

    assert found.sampled
    assert found.records < 20_000
    assert 50_000 < found.records_estimated < 70_000


def test_a_single_row_is_told_in_the_singular_and_proves_no_key() -> None:
    found = profile(b"id,amount\n1,2.50\n", "one.csv")

    assert found.format_evidence == "the only record splits by comma into 2 cells"
    assert [column.evidence for column in found.columns] == [
        "the only value is a whole number",
        "the only value is a number with up to 2 decimals",
    ]
    assert all("proves nothing" in key.proof for key in found.keys)


def test_rows_that_a_quote_swallows_are_noticed() -> None:
    rows = [f"{n};{chr(34) if n % 6 == 2 else ''}fine;note {n}" for n in range(60)]

    noticed = profile(("id;state;note\n" + "\n".join(rows)).encode(), "notes.csv").warnings

    assert any("whole lines within one cell" in told and "rows are missing" in told for told in noticed)


def test_numbers_of_two_writings_stay_text_and_say_which() -> None:
    rows = [f"{n};{'1200.00' if n % 7 == 0 else f'1.3{n:02d},50'}" for n in range(1, 40)]

    (column,) = profile(("id;amount\n" + "\n".join(rows)).encode(), "x.csv").columns[1:]

    assert column.type is ColumnType.STRING
    assert column.evidence == (
        "34 of 39 values are numbers with a decimal comma, the others are not, such as “1200.00”"
    )


def test_values_that_nobody_can_see_become_no_list_of_accepted_ones() -> None:
    rows = [f"{n};{'ok' if n % 5 else chr(0) + 'x'}" for n in range(40)]

    assert profile(("id;note\n" + "\n".join(rows)).encode(), "x.csv").columns[1].enum is None


def test_a_table_that_only_links_has_all_that_it_links_as_its_key() -> None:
    rows = "".join(f"{n // 2},{n},{n % 3},2024-01-{n % 28 + 1:02} 10:00:00\n" for n in range(1, 60))
    found = profile(b"order_id,article_id,kind_id,kept_at\n" + rows.encode(), "order_articles.csv")

    assert found.keys[0].columns == ("order_id", "article_id", "kind_id")


def test_a_link_that_may_end_and_begin_again_has_its_beginning_in_the_key() -> None:
    rows = "".join(
        f"{n},{n % 4},2024-01-{n % 28 + 1:02},{'2024-03-01' if n % 3 else ''}\n" for n in range(1, 40)
    )
    found = profile(b"person_id,office_id,held_from,held_until\n" + rows.encode(), "offices_held.csv")

    assert found.keys[0].columns == ("person_id", "office_id", "held_from")


def test_a_table_that_measures_is_no_link() -> None:
    rows = "".join(f"{n},{n * 7 % 61},{n * 3}\n" for n in range(1, 60))
    found = profile(b"shop_id,staff_id,sold\n" + rows.encode(), "shops.csv")

    assert found.keys[0].columns == ("shop_id",)


def test_a_key_and_the_place_of_a_record_are_required_wherever_they_stand() -> None:
    head = "provider_id,label,colour,width,height,lat,lon,remark\n"
    rows = "".join(f"p{n},l{n % 9},red,{n},{n},48.{n},2.{n},x\n" for n in range(10, 50))
    found = {column.name: column.nullable for column in profile((head + rows).encode(), "spots").columns}

    assert not found["provider_id"]
    assert (found["lat"], found["lon"]) == (False, False)
    assert found["remark"]


@pytest.mark.parametrize(
    ("value", "form", "zone"),
    [
        ("2021-03-{:02} 15:09:26+00", "iso", "UTC"),
        ("2021-03-{:02} 15:09:26-05", "iso", "-05"),
        ("2021-03-{:02}T15:09:26+02:00", "%Y-%m-%dT%H:%M:%S%z", "+02:00"),
        ("03-{:02}-2021", "%m-%d-%Y", None),
    ],
)
def test_an_offset_stands_behind_a_clock_and_is_read_by_the_form_that_is_told(
    value: str, form: str, zone: str | None
) -> None:
    rows = "".join(f"{n},{value.format(n)}\n" for n in range(1, 29))
    seen = profile(b"id,seen\n" + rows.encode(), "x.csv").find_column("seen")

    assert seen is not None
    assert (seen.format, seen.timezone) == (form, zone)


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y %I:%M %p", "%Y-%m-%d", "%d-%b-%y"])
@pytest.mark.parametrize("step", [1, -1])
def test_days_in_order_say_how_far_a_load_has_come_in_every_land(form: str, step: int) -> None:
    days = [dt.datetime(2024, 3, 1, 9, 30, tzinfo=dt.UTC) + step * dt.timedelta(days=n) for n in range(40)]
    rows = "".join(f"{day.strftime(form)};Ware {n % 3};{n % 7},50\n" for n, day in enumerate(days))
    found = profile(f"Buchung;Text;Betrag\n{rows}".encode(), "umsatz.csv")

    assert [mark.column for mark in found.watermarks] == ["Buchung"]
    for name in ("Geburtsdatum", "Fällig"):
        assert profile(f"{name};Text;Betrag\n{rows}".encode(), "liste.csv").watermarks == (), (
            "lists are sorted so, and what comes later may stand before"
        )


def test_a_line_belongs_to_the_document_of_that_number_and_not_to_its_day() -> None:
    rows = "".join(
        f"{n + 1:02d}.03.2024;{190_000 + n};{pos:03d};{n * 7},50\n" for n in range(20) for pos in (1, 2)
    )
    found = profile(f"Buchungsdatum;Belegnummer;Pos;Betrag\n{rows}".encode(), "belege.csv")

    assert found.keys[0].columns == ("Belegnummer", "Pos")


def test_account_numbers_that_are_all_ibans_are_called_so() -> None:
    numbers = ("DE02120300000000202051", "DE02500105170137075030", "DE02100500000054540402")

    found = profile(("Kontonummer;Betrag\n" + "".join(f"{n};1,50\n" for n in numbers)).encode(), "k.csv")

    assert found.columns[0].meaning is not None
    assert found.columns[0].meaning.label == "iban"


def test_several_files_are_read_in_the_encoding_that_reads_them_all() -> None:
    files = [("a.csv", "id,name\n1,Smith\n2,Jones\n"), ("b.csv", "id,name\n3,Müller\n4,Weiß\n")]

    found = united([profile(text.encode("cp1252"), name) for name, text in files])

    assert found.encoding == "cp1252"
    assert not any("encoded in" in said for said in found.warnings)

"""Fixed-width records without blanks between their fields, and records of several kinds."""

import json
import random

import pytest

from config_gen.profile import profile

_DRAW = random.Random(5)  # noqa: S311  nothing secret is drawn
_NAMES = ("Anna Keller", "Jon Smith", "Zoe Mueller", "Li Wei", "Tom Hara", "Olga Iva")


def _lines(number: int) -> list[str]:
    pick = _DRAW.choice
    return [
        f"D{pick(('CH', 'DE', 'FR'))}{pick(('EUR', 'USD', 'CHF'))}{pick(('BUY', 'SEL'))}{n * 137:05d}"
        f"{_DRAW.randint(1, 999_999):08d}{pick('YN')}"
        for n in range(1, number + 1)
    ]


@pytest.mark.parametrize(("above", "below"), [([], []), (["H20240105".ljust(23)], ["T000060".ljust(23)])])
def test_codes_beside_codes_and_numbers_beside_numbers_are_fields(above: list[str], below: list[str]) -> None:
    seen = profile("\n".join([*above, *_lines(60), *below]).encode(), "f.dat")

    assert [field.start for field in seen.fixed_width] == [0, 1, 3, 6, 9, 14, 22]
    assert seen.records == 60
    assert any("edges are a guess" in said for said in seen.warnings)


def test_a_record_about_a_long_file_at_its_end_is_no_record() -> None:
    rows = [*_lines(600), "T000600".ljust(23)]

    assert profile("\n".join(rows).encode(), "long.dat").records == 600


def test_a_sign_that_only_some_numbers_have_does_not_hide_where_they_begin() -> None:
    rows = [
        f"X{n * 97:08d}{_DRAW.randint(1, 10**8):014d}{'-' if n % 5 == 0 else ' '}EUR" for n in range(1, 50)
    ]

    assert [field.start for field in profile("\n".join(rows).encode(), "q.dat").fixed_width][:3] == [0, 1, 9]


@pytest.mark.parametrize(
    ("letter", "first", "records"),
    [
        ("P", "SKU   NAME      QTY", 20),
        ("P", "A9999 Item9999  077", 21),
        ("D", "H2024 Item0105  000", 20),
    ],
)
def test_a_header_and_a_record_that_begins_with_another_letter_stay(
    letter: str, first: str, records: int
) -> None:
    rows = [first, *(f"{letter}{n:04d} Item{n:04d}  {n:03d}" for n in range(1, 21))]

    seen = profile("\n".join(rows).encode(), "s.txt")

    assert seen.records == records
    assert (seen.columns[0].name == "SKU") is first.startswith("SKU")


def test_moments_of_the_night_are_not_parted_where_their_zeros_stand() -> None:
    rows = [f"X202401{n:02d}02{n * 2 % 60:02d}{n * 7 % 60:02d}EUR" for n in range(1, 29)]

    seen = profile("\n".join(rows).encode(), "n.dat")

    assert [field.start for field in seen.fixed_width] == [0, 1, 15]


def test_numbers_of_three_digits_between_commas_are_no_list_in_columns() -> None:
    rows = [",".join(str(_DRAW.randint(100, 999)) for _ in range(5)) for _ in range(30)]

    assert len(profile("\n".join(rows).encode(), "n.csv").columns) == 5


def test_one_code_a_line_stays_one_column_and_codes_of_many_letters_stay_whole() -> None:
    isins = "\n".join(f"US{n:010d}" for n in range(30))
    airports = "\n".join(f"{_DRAW.choice(('FRA', 'LHR', 'ZRH', 'JFK', 'CDG'))}{n:010d}" for n in range(40))

    assert len(profile(isins.encode(), "i.txt").columns) == 1
    assert [field.start for field in profile(airports.encode(), "a.txt").fixed_width] == [0, 3]


def test_amounts_with_commas_make_no_delimiter_of_a_list_in_columns() -> None:
    rows = [
        f"{n:>4} {_NAMES[n % 6]:<12}{n * 987.5:>12,.2f} 2024-01-{n:02d} {'OPEN' if n % 2 else 'CLOSED'}"
        for n in range(1, 29)
    ]

    assert len(profile("\n".join(rows).encode(), "r.txt").columns) == 5


def test_records_of_several_kinds_are_told() -> None:
    kinds = "".join(
        f"ORD,{n:04d},2024-01-05,Ann\n" + "".join(f"LIN,{n:04d},{k},SKU{k},{k},1.5\n" for k in range(3))
        for n in range(9)
    )
    events = [
        {"event": "order", "id": 1, "amount": 2.5, "ccy": "EUR"},
        {"event": "ship", "parcel": "P1", "carrier": "DHL"},
    ] * 9

    for sample in (kinds, "\n".join(map(json.dumps, events))):
        assert any("Records of several kinds" in said for said in profile(sample.encode(), "k").warnings)


def test_how_somebody_pays_makes_no_kinds_of_records() -> None:
    rows = [
        {"type": "card", "id": n, "card": f"X{n}"} if n % 2 else {"type": "debit", "id": n, "iban": f"Y{n}"}
        for n in range(20)
    ]

    assert profile("\n".join(map(json.dumps, rows)).encode(), "k").warnings == ()


def test_subtotals_between_the_rows_marks_for_nothing_and_other_digits_are_told() -> None:
    rows = [f"{region},P{n},{n * 10 if n else -999},{n}" for region in ("North", "South") for n in range(6)]
    rows[6:6] = ["North Total,,150,1"]
    arabic = str.maketrans("0123456789", "".join(chr(0x0660 + n) for n in range(10)))
    rows = [row.rpartition(",")[0] + "," + row.rpartition(",")[2].translate(arabic) for row in rows]

    said = " ".join(profile(("region,item,units,n\n" + "\n".join(rows)).encode(), "t.csv").warnings)

    assert "the first is “North Total” in record 7" in said
    assert "“-999” stands 2 times" in said
    assert "n: written in digits other than 0 to 9" in said


def test_a_header_behind_a_mark_names_the_columns_that_stand_below() -> None:
    rows = "".join(f"2024-01-05 09:{n:02d}:00 GET /p{n} 200\n" for n in range(20))

    seen = profile(f"#Version: 1.0\n#Fields: date time method path status\n{rows}".encode(), "w.log")

    assert [column.name for column in seen.columns] == ["date", "time", "method", "path", "status"]


@pytest.mark.parametrize(
    ("data", "codec", "word"),
    [
        (
            b"\xef\xbb\xbf" + "Stra\u00dfe;n\nM\u00fcllerweg;1\nAm Platz;2\n".encode("latin-1"),
            "cp1252",
            "mark of UTF-8",
        ),
        ("name;n\nZo\u00eb;1\nJos\u00e9;2\nZo\u00eb".encode()[:-1], "utf-8", "middle of a letter"),
        (b"name;n\nplain;1\nplain;2\nZo\xc3", "utf-8", "middle of a letter"),
    ],
)
def test_a_false_mark_and_a_letter_that_was_cut_are_told(data: bytes, codec: str, word: str) -> None:
    seen = profile(data, "e.csv")

    assert seen.encoding == codec
    assert any(word in said for said in seen.warnings)
    assert "\ufffd" not in "".join(column.name for column in seen.columns)
    assert seen.questions == ()

"""Numberings, dates, flags and missing words as other countries and systems write them."""

from collections import Counter
from datetime import date, datetime

import pytest

from config_gen.casting import read_value
from config_gen.profile import profile
from config_gen.types.infer import infer
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.profiles import ColumnType


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Postleitzahl", ["16363", "20611"]),
        ("CAP", ["30974", "86866"]),
        ("STATEFP", ["16", "23"]),
        ("GEOID20", ["36061", "36047"]),
        ("hcpcs", ["99213", "99214"]),
        ("HS6", ["847130", "847141"]),
        ("isic", ["4511", "6419"]),
        ("DUNS_NUMBER", ["147593750", "316085149"]),
        ("KvK", ["58282148", "28000429"]),
        ("inn", ["7707083893", "7736050003"]),
        ("contact_no", ["9286858104", "7210128387"]),
        ("lot_number", ["441", "872"]),
    ],
)
def test_numberings_of_the_world_are_text(name: str, values: list[str]) -> None:
    assert infer(Counter(values), name).type is ColumnType.STRING


@pytest.mark.parametrize(
    "name",
    [
        "phone_calls",
        "account_balance",
        "LotArea",
        "license_fee",
        "cap",
        "inn",
        "card_count",
        "cell",
        "mobile_users",
    ],
)
def test_measures_stay_numbers_although_their_names_hold_a_word_for_codes(name: str) -> None:
    assert infer(Counter(["17", "2400", "316"]), name).type is ColumnType.INTEGER


@pytest.mark.parametrize(
    ("text", "name", "form", "moment"),
    [
        ("25 septembre 2001", "", "%d %B %Y", date(2001, 9, 25)),
        ("13. März 2004", "", "%d. %B %Y", date(2004, 3, 13)),
        ("23 de mayo de 2020", "", "%d de %B de %Y", date(2020, 5, 23)),
        ("4/abr/2006", "", "%d/%b/%Y", date(2006, 4, 4)),
        ("12 февраля 2019", "", "%d %B %Y", date(2019, 2, 12)),
        ("22NOV07", "", "%d%b%y", date(2007, 11, 22)),
        ("2004年6月22日", "", "%Y年%m月%d日", date(2004, 6, 22)),
        ("2017. 10. 6.", "", "%Y. %m. %d.", date(2017, 10, 6)),
        ("210515", "value_date", "%y%m%d", date(2021, 5, 15)),
        ("31122024", "Buchungsdatum", "%d%m%Y", date(2024, 12, 31)),
        ("20240305-22:39:51.120", "", "%Y%m%d-%H:%M:%S.%f", datetime.fromisoformat("2024-03-05T22:39:51.12")),
        (
            "2024-10-22-08.46.23.171048",
            "",
            "%Y-%m-%d-%H.%M.%S.%f",
            datetime.fromisoformat("2024-10-22T08:46:23.171048"),
        ),
        ("08JAN2024:01:50:12", "", "%d%b%Y:%H:%M:%S", datetime.fromisoformat("2024-01-08T01:50:12")),
        ("202411131705", "", "%Y%m%d%H%M", datetime.fromisoformat("2024-11-13T17:05")),
    ],
)
def test_moments_of_other_lands_and_systems_are_recognised_and_read(
    text: str, name: str, form: str, moment: date
) -> None:
    found = infer(Counter([text]), name)

    assert found.format == form
    column = Column(
        name="at", source="at", type=FieldType(found.type.value), nullable=False, format=found.format
    )
    assert read_value(column, text) == moment


def test_a_length_of_time_is_no_time_of_day() -> None:
    assert infer(Counter(["22:12:32", "58:38:14"]), "duration").type is ColumnType.STRING
    assert infer(Counter(["22:12:32", "26:10:00"]), "departure_time").type is ColumnType.TIME


@pytest.mark.parametrize(
    ("name", "values"),
    [("czynny", "TN"), ("attivo", "VF"), ("Aktív", "IN"), ("Aktif", "EH"), ("активен", "ДН")],
)
def test_letters_are_flags_where_the_name_speaks_of_one(name: str, values: str) -> None:
    assert infer(Counter(values), name).true_values == (values[0],)
    assert infer(Counter(values), "class").type is ColumnType.STRING


@pytest.mark.parametrize(("name", "word"), [("Aktywny", "nie"), ("نشط", "نعم"), ("Gesperrt", "ja")])
def test_a_single_answer_is_a_flag_where_the_name_speaks_of_one(name: str, word: str) -> None:
    assert infer(Counter([word]), name).type is ColumnType.BOOLEAN
    assert infer(Counter([word]), "note").type is ColumnType.STRING


@pytest.mark.parametrize(
    "name", ["郵便番号", "取引先コード", "מיקוד", "الرمز البريدي", "Почтовый индекс", "우편번호", "邮政编码"]
)
def test_codes_made_of_digits_stay_text_in_every_script(name: str) -> None:
    assert infer(Counter(["10115", "80331", "50667"]), name).type is ColumnType.STRING


def test_digits_that_all_begin_with_a_plus_are_called_and_not_counted() -> None:
    assert infer(Counter([f"+4930{n:07d}" for n in range(9)]), "caller").type is ColumnType.STRING
    assert infer(Counter(["+5", "-3", "+12"]), "change").type is ColumnType.INTEGER


@pytest.mark.parametrize(
    "pair", [("WAAR", "ONWAAR"), ("igen", "nem"), ("예", "아니오"), ("J", "N"), ("Da", "Nu")]
)
def test_yes_and_no_are_flags_in_more_languages(pair: tuple[str, str]) -> None:
    assert infer(Counter(pair), "").true_values == (pair[0],)


@pytest.mark.parametrize("word", ["k.A.", "<NA>", "sin datos", "suppressed", "нет данных"])
def test_words_for_missing_of_other_languages_leave_a_number_a_number(word: str) -> None:
    found = infer(Counter({"12": 3, "7": 2, word: 2}), "amount")

    assert (found.type, found.null_values) == (ColumnType.INTEGER, (word,))


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        *(("Created (UTC)", "UTC"), ("ts_gmt", "UTC"), ("Created", None)),
        *(("Time (UTC+1)", None), ("Local (GMT -05:00)", None), ("t UTC+00:00", "UTC"), ("gmt_create", None)),
    ],
)
def test_a_name_that_says_its_zone_is_believed(name: str, zone: str | None) -> None:
    assert infer(Counter(["2024-03-01 10:15", "2024-03-01 11:15"]), name).zone == zone


def test_ten_digits_are_hours_where_the_name_speaks_of_days_or_moments() -> None:
    hours = Counter(f"20240301{n:02}" for n in range(24))

    assert infer(hours, "MESS_DATUM").format == "%Y%m%d%H"
    assert infer(hours, "timestamp").type is ColumnType.DATETIME


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([f"20240301{n:02}" for n in range(24)], "order_id"),
        ([f"20240301{n:02}" for n in range(20, 40)], "date_no"),
        ([f"17092512{n:02}" for n in range(24)], "timestamp"),
    ],
)
def test_other_ten_digits_are_numbers(values: list[str], name: str) -> None:
    assert infer(Counter(values), name).type is not ColumnType.DATETIME


def test_days_of_trackers_with_a_month_by_name_are_moments() -> None:
    found = infer(Counter(["01/Mar/24 9:15 AM", "13/Apr/24 11:02 PM"]), "Created")

    assert (found.type, found.format) == (ColumnType.DATETIME, "%d/%b/%y %I:%M %p")


def _eight_digits(first: list[int], second: list[int], year: int = 1970) -> str:
    lines = "".join(
        f"A{n};{first[n % len(first)]:02d}{second[n % len(second)]:02d}{year + n}\n" for n in range(40)
    )
    return f"nr;eintritt\n{lines}"


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (_eight_digits(list(range(1, 29)), [1, 5, 9, 12]), "%d%m%Y"),
        (_eight_digits([1, 5, 9, 12], list(range(1, 29))), "%m%d%Y"),
    ],
)
def test_eight_digits_with_the_year_behind_are_days_whatever_their_name(content: str, pattern: str) -> None:
    column = profile(content.encode(), "lohn.csv").columns[1]

    assert (column.type, column.format) == (ColumnType.DATE, pattern)


@pytest.mark.parametrize(
    "content",
    [
        _eight_digits([1, 5, 9], [2, 4, 6]),  # which is the day nothing tells
        _eight_digits(list(range(1, 29)), [1, 5, 13]),  # some are no days
        _eight_digits(list(range(1, 29)), [1, 5], year=2070),  # some lie beyond
        "nr;eintritt\n" + "".join(f"A{n};{n:02d}012020\n" for n in range(11, 25)),  # too few
        "nr;eintritt\n" + "".join(f"A{n};{25012000 + n}\n" for n in range(60)),  # numbers that run on
        _eight_digits(list(range(1, 29)), [1, 5, 9, 12]).replace("eintritt", "Beleg-Nr"),
        _eight_digits(list(range(1, 29)), [1, 5, 9, 12]).replace("eintritt", "order_id"),
    ],
)
def test_other_eight_digits_are_no_days(content: str) -> None:
    assert profile(content.encode(), "lohn.csv").columns[1].type is not ColumnType.DATE

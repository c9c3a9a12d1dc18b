"""Names in other alphabets read in Latin letters as a person who knows the language would spell them."""

import pytest

from config_gen.naming import column_names_from, feed_name_from
from config_gen.profile import profile
from config_gen.romanised import in_latin
from tests.config_gen.test_assembly import configured


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Контрагент", "kontragent"),
        ("ДатаСделки", "data_sdelki"),
        ("ЖУРНАЛ", "zhurnal"),
        ("Съёмка", "semka"),
        ("Път", "pat"),
        ("Њива", "njiva"),
        ("Ημερομηνία", "imerominia"),
        ("Κωδικός ID", "kodikos_id"),
        ("ΟΥΣΙΑ", "ousia"),
        ("Α/Α", "a_a"),  # noqa: RUF001
        ("თარიღი", "tarighi"),
        ("ամսաթիվ", "amsativ"),
        ("תאריך", "taryk"),
        ("المبلغ", "almblgh"),
        ("거래일자", "georaeilja"),
    ],
)
def test_a_name_in_another_alphabet_is_spelt_in_latin_letters(header: str, name: str) -> None:
    assert column_names_from([header]) == (name,)


@pytest.mark.parametrize(
    ("header", "name"),
    [("Δt", "delta_t"), ("μg/m³", "ug_m3"), ("µg/l", "ug_l"), ("R (kΩ)", "r_kohm"), ("σ", "sigma")],  # noqa: RUF001
)
def test_a_greek_letter_that_is_a_symbol_is_called_by_its_name(header: str, name: str) -> None:
    assert column_names_from([header]) == (name,)


@pytest.mark.parametrize(
    ("header", "name"),
    [("Größe", "grosse"), ("Beløb", "belob"), ("Sıra No", "sira_no"), ("日付 (date)", "date"), ("№", "no")],  # noqa: RUF001
)
def test_latin_names_are_spelt_as_before(header: str, name: str) -> None:
    assert column_names_from([header]) == (name,)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Order #", "order_no"),
        ("C# version", "c_sharp_version"),
        ("C#", "c_no"),
        ("P# of part", "p_no_of_part"),
        ("F# 12", "f_no_12"),
        ("ABC# code", "abc_no_code"),
        ("# of items", "no_of_items"),
        ("Acct#", "acct_no"),
        ("#date", "date"),  # the mark of a header
        ("Var %", "var_pct"),
        ("% of total", "pct_of_total"),
    ],
)
def test_signs_that_are_read_as_words_are_written_as_such(header: str, name: str) -> None:
    assert column_names_from([header]) == (name,)


def test_names_that_are_spelt_alike_stay_apart_and_han_keeps_its_place() -> None:
    assert column_names_from(["Дата", "Data", "дата ", "金額"]) == ("data", "data_2", "data_3", "column_4")


def test_letters_that_no_table_knows_are_left_as_they_are() -> None:
    assert in_latin("金額 ßÆ") == "金額 ßÆ"


def test_a_feed_is_called_by_its_file_in_any_alphabet() -> None:
    assert feed_name_from("Продажи_2026-03-30.csv") == "prodazhi"
    assert feed_name_from("売上.csv") == "new_feed"


def test_the_name_of_the_file_stays_the_source_of_the_column() -> None:
    config = configured("Номер,Сумма\n1,2.50\n2,3.75\n3,4.10\n")

    assert [(column.name, column.source) for column in config.columns] == [
        ("nomer", "Номер"),
        ("summa", "Сумма"),
    ]
    assert [column.name for column in profile("Номер,Сумма\n1,2.50\n".encode(), "x.csv").columns] == [
        "Номер",
        "Сумма",
    ]

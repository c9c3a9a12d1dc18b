"""What columns about persons are called and hold, beyond English: none of it may land unmasked."""

import pytest

from config_gen.assembly import assemble
from config_gen.profile import profile
from domain.configuration.feed_columns import Column, PersonalData, Treatment
from domain.configuration.onboarding import OnboardingAnswers
from domain.ids import feed_name

_ANSWERS = OnboardingAnswers(feed=feed_name("people"), owner_team="hr")
_GUARDED = {PersonalData.DIRECT, PersonalData.SENSITIVE}


def _columns(names: list[str], rows: list[list[str]]) -> dict[str, Column]:
    lines = [";".join(names), *(";".join(row) for row in rows)]
    config = assemble(profile("\n".join([*lines, ""]).encode(), "list.csv"), _ANSWERS)
    return {column.source: column for column in config.columns}


def _column(name: str, *values: str) -> Column:
    return _columns(["nr", name], [[f"A{n}", values[n % len(values)]] for n in range(24)])[name]


@pytest.mark.parametrize(
    ("names", "values"),
    [
        (["氏名", "姓名", "顧客名", "收件人", "성명", "担当者名"], ["佐藤太郎", "王芳", "김철수"]),
        (["ФИО", "Фамилия", "Отчество", "ім\u02bcя"], ["Иванов", "Петрова"]),
        (["Nachname", "Nazwisko", "Achternaam", "Efternamn", "Sobrenome", "Soyad"], ["Novak", "Jansen"]),
        (
            ["Mitarbeiter", "Kontoinhaber", "Passenger", "Titulaire", "driver", "assigned employee 2"],
            ["Anna Lee", "Müller, Jan", "Eva Poe-Ray"],
        ),
        (["Client Name", "Kundenname", "Imię i nazwisko"], ["Anna Lee", "Jan Novak"]),
        (["電話番号", "联系电话", "手机号", "Rufnummer", "Téléphone"], ["03-1234-5678", "090-4321-8765"]),
        (["住所", "收货地址", "Anschrift", "Dirección", "Адрес"], ["東京都千代田区1-1", "Hauptstr. 5"]),
        (
            ["身份证号", "マイナンバー", "Sozialversicherungsnummer", "СНИЛС"],
            ["440514198001", "900101123458"],
        ),
    ],
)
def test_columns_about_persons_are_masked_in_any_language(names: list[str], values: list[str]) -> None:
    found = {name: _column(name, *values) for name in names}

    assert {name for name, column in found.items() if column.personal_data not in _GUARDED} == set()
    assert all(column.treatment is not Treatment.NONE and not column.allowed for column in found.values())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Client Name", ["Acme GmbH", "Bolt Ltd", "Cirrus AG"]),
        ("employee", ["E1001", "E1002", "E1003"]),
        ("passenger", ["Adult", "Child", "Infant"]),
        ("patient type", ["In Ward", "Out Ward"]),
        ("имя файла", ["a1.csv", "b2.csv"]),
        ("電話会社", ["東京電話", "北海通信"]),
        ("名称", ["東京電話", "北海通信"]),
        ("Name", ["Blue Ocean", "Red River"]),
        ("Nome", ["Monte Bianco", "Lago Maggiore"]),
        ("Sender", ["System A", "System B"]),
        ("student_major", ["Computer Science", "Political Science"]),
        ("employee_department", ["Human Resources", "Customer Service"]),
        ("Mitarbeiter Standort", ["Bad Homburg", "Villingen Schwenningen"]),
        ("parent_category", ["Office Supplies", "Home Appliances"]),
        ("risk_driver", ["Interest Rate", "Credit Spread"]),
        ("链接地址", ["https://a.cn/1.jpg", "https://a.cn/2.jpg"]),
        ("MAC地址", ["00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5F"]),
        ("상품 이름", ["우유", "빵"]),
        ("имя базы", ["sales", "crm"]),
        ("όνομα προϊόντος", ["Γάλα", "Ψωμί"]),
        ("dirección", ["COMPRA", "VENTA"]),
        ("Geb.-Nr", ["G012", "G101"]),
        ("importe sin IVA", ["123.45", "1200.10"]),
        ("plafond sécurité sociale", ["3428.00", "3500.50"]),
    ],
)
def test_what_only_sounds_like_persons_is_not_masked(name: str, values: list[str]) -> None:
    assert _column(name, *values).personal_data is PersonalData.NONE


def test_a_bare_name_is_a_person_among_columns_about_people() -> None:
    people = [["Müller, Anna", "4100.50"], ["Öztürk, Jan", "2100.00"], ["Weiß, Eva", "3900.75"]]
    peaks = [["Müller, Anna", "high"], ["Öztürk, Jan", "low"], ["Weiß, Eva", "low"]]

    assert _columns(["NAME", "BRUTTO"], people * 8)["NAME"].treatment is Treatment.MASK
    assert _columns(["NAME", "PEAK"], peaks * 8)["NAME"].treatment is Treatment.NONE


@pytest.mark.parametrize(
    ("beside", "value"), [("employee_count", "12"), ("Eintritt", "9.50"), ("Netto;MwSt", "3.10;19")]
)
def test_a_bare_name_beside_counts_and_prices_is_no_person(beside: str, value: str) -> None:
    rows = [["Alte Pinakothek", value], ["Deutsches Museum", value], ["Haus Kunst", value]]

    assert _columns(["Name", beside], rows * 8)["Name"].treatment is Treatment.NONE


def test_who_has_an_address_and_a_birthday_is_no_company() -> None:
    row = ["Hauptstr. 1", "10115", "030 1234567", "1980-01-02"]
    found = _columns(
        ["Name", "Anschrift", "PLZ", "Telefon", "Geburtsdatum"], [["Anna Lee", *row], ["Jan Novak", *row]] * 8
    )

    assert found["Name"].treatment is Treatment.MASK


@pytest.mark.parametrize(
    "names", [["Nome", "Cognome"], ["Nombre", "Apellidos"], ["Ad", "Soyad"], ["nom", "nazwisko"]]
)
def test_a_first_name_is_told_by_the_surname_beside_it(names: list[str]) -> None:
    found = _columns([*names, "città"], [["Anna", "Rossi", "Roma"], ["Luca", "Bianchi", "Pisa"]] * 8)

    assert [found[name].personal_data for name in names] == [PersonalData.DIRECT] * 2


@pytest.mark.parametrize(
    "names", [["Name", "Vorname"], ["nom", "prénom"], ["Naam", "Voornaam"], ["Ad\u0131", "Soyad\u0131"]]
)
def test_a_surname_is_told_by_the_first_name_beside_it(names: list[str]) -> None:
    found = _columns([*names, "Abteilung"], [["Rossi", "Anna", "IT"], ["Bianchi", "Luca", "HR"]] * 8)

    assert [found[name].personal_data for name in names] == [PersonalData.DIRECT] * 2


def test_a_product_beside_who_ordered_it_is_no_name_of_theirs() -> None:
    found = _columns(["name", "last_name"], [["Phone 15", "Rossi"], ["Pad 7", "Bianchi"]] * 8)

    assert found["name"].treatment is Treatment.NONE

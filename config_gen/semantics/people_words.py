"""What columns about persons are called beyond English: what no name gives away lands unmasked.

Patterns for `words_like`. Scripts without blanks between words write who is meant before it: 顧客電話番号.
What is as often no person (*nome*, *titular*, *Empfänger*) is told by its values or its neighbours.
"""

from collections.abc import Sequence

from config_gen.semantics.rule import looks_like_company
from config_gen.types.names import words_of
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import ColumnType

MOST_ARE = 0.75
"""Of values that have to look like persons, so many have to: some names are of one word."""

_OF = r"\S{0,6}"

PHONES = (
    "telefonnummer|telefonnr|mobilnummer|mobiltelefon|handynummer|rufnummer|téléphone|móvil|movil|celular"
    "|telefone|telemóvel|cellulare|telefoon|telefoonnummer|telefonszám|tlf|puhelin|puhelinnumero|телефон"
    rf"|тел|τηλέφωνο|{_OF}電話番号|{_OF}電話|携帯|携帯番号|{_OF}电话|{_OF}手机|{_OF}手机号码?|{_OF}手機"
    rf"|{_OF}전화번호|{_OF}전화|휴대폰|휴대폰번호|핸드폰"
)
EMAILS = (
    rf"эл почта|электронная почта|{_OF}メール|{_OF}メールアドレス|{_OF}邮箱|电子邮件|電子郵件|{_OF}이메일"
)
ADDRESSES = (
    "anschrift|wohnadresse|wohnanschrift|endereço|endereco|morada|ulica|adresa"
    rf"|adress|gatuadress|lakcím|osoite|адрес|διεύθυνση|{_OF}住所|{_OF}[地住]址|{_OF}주소"
)
MAYBE_ADDRESSES = "dirección|domicilio|domicílio"
"""Whose values have to have a number: they also say where to, and in which country a house has its seat."""
OF_NO_PLACE = (
    r"\S{0,3}(?:ip|mac|url|网|網|链接|連結|图片|圖片|邮箱|邮件|郵件|钱包|合约|内存|服务器|웹|이메일|메일|서버|지갑)\S{0,3}"
    "(?:地址|주소)?|сайта|сервера|страницы|хоста|домена|файла"
)
FIRST_NAMES = (
    "rufname|middle ?name|imię|imie|jméno|jmeno|förnamn|fornavn|voornaam|keresztnév|utónév|etunimi|имя"
    "|отчество|ім[ \u02bc]?я|όνομα"
)
OF_THINGS = (
    "файла|файл|хоста|сервера|поля|таблицы|домена|компании|фирмы|товара|проекта|souboru|firmy|produktu|pliku"
    "|базы|объекта|узла|продукта|параметра|процесса|задачи|очереди|столбца|колонки|компьютера|устройства"
    "|организации|предприятия|услуги|файлу|бази|таблиці|товару|компанії|προϊόντος|αρχείου|εταιρείας|πίνακα"
    "|상품|제품|품목|파일|회사|서버|테이블|컬럼|프로젝트|기관|업체|항목"
)
"""Behind a word for a first name these say that it is the name of a thing."""
LAST_NAMES = (
    "sobrenome|nazwisko|příjmení|prijmeni|priezvisko|prezime|efternamn|etternavn|efternavn|achternaam"
    "|vezetéknév|családnév|sukunimi|soyad|soyad\u0131|soyadi|soyisim|фамилия|прізвище|επώνυμο"
    "|geburtsname|mädchenname"
)
FULL_NAMES = (
    "kunden ?name|mitarbeiter ?name|name vorname|vorname name|nom complet|nom (?:et )?prénoms?|prénom nom"
    "|nombre completo|nombre y apellidos?|apellidos y nombres?|nome completo|nome e cognome|cognome e nome"
    "|imię i nazwisko|imie i nazwisko|nazwisko i imię|jméno a příjmení|ad soyad|ad\u0131 soyad\u0131"
    "|adi soyadi|фио"
    rf"|{_OF}氏名|{_OF}姓名|お?客様名|顧客名|{_OF}担当者名?|契約者名?|{_OF}[收取]件人|收货人|{_OF}联系人|{_OF}聯絡人"
    r"|客户名|이름|성명|\S{0,6}고객명"
)
MAYBE_PERSONS = (
    "(?:beneficiary|client|debtor|creditor|payee|payer|applicant|member|tenant|owner|insured|claimant|borrower"
    "|recipient|sender|subscriber|manager|donor|visitor|candidate|caller|staff|worker) ?name"
    "|(?:driver|child|parent|guardian) ?name|next of kin|emergency contact|ansprechpartner"
    "|kontoinhaber|karteninhaber|empfänger|auftraggeber|zahlungsempfänger|begünstigter|titulaire|bénéficiaire"
    "|titular|beneficiario|intestatario|получатель|(?<!.)(?:driver|guardian)(?: ?\\d{0,2}$)"
    "|(?:employee|patient|passenger|guest|student|nurse|doctor|physician|teacher|spouse)"
    "(?: ?name| ?\\d{0,2}$)"
    "|(?:mitarbeiter|mitarbeiterin|patientin|salarié|empleado|paciente|dipendente|paziente|medewerker|pracownik"
    "|сотрудник|пациент)(?: ?\\d{0,2}$)"
)
"""Whose values have to look like persons: often they are numbers of persons, or companies.

What says only of whom something is (`student_major`, `employee_department`) has to end there.
"""
GENDERS = "sexo|płeć|plec|пол|kön|kjønn|køn|geslacht|pohlaví|cinsiyet|sukupuoli|性別|性别|성별"
GENDER_VALUES = (
    "k|v|h|ж|м|муж|жен|мужской|женский|муж\\.|жен\\.|kobieta|mężczyzna|hombre|mujer|hommes?|femmes?|maschio"
    "|femmina|masculino|feminino|femenino|man|vrouw|kvinna|kvinde|kvinne|mann|muž|žena|erkek|kad\u0131n|男|女|男性"
    "|女性|남|여|남자|여자|남성|여성"
)
BIRTHDAYS = (
    "geb ?datum|geboren|geboren am|fecha de nacimiento|data de nascimento|nascimento|data di nascita"
    "|geboortedatum|data urodzenia|födelsedatum|fødselsdato|syntymäaika|дата рождения|doğum tarihi"
    r"|datum narození|születési dátum|\S{0,6}生年月日|\S{0,6}出生日期|出生年月|\S{0,6}생년월일"
)
NO_BIRTHDAY = "year|place|country|city|month|weight|nr|no|nummer|name"
DAYS = r"\D{0,3}\d{1,4}[./ -]\d{1,2}[./ -]\d{1,4}.{0,20}|(?:19|20)\d{6}|\d{4}(?:19|20)\d\d"
"""Of a column `Geb`, which is a building or a fee as well."""
NATIONAL_IDS = (
    "steuer ?id|steueridentifikationsnummer|sozialversicherungsnummer|sv ?(?:nummer|nr)|versichertennummer"
    "|rentenversicherungsnummer|personalausweis(?:nummer)?|ausweisnummer|niss|sécurité sociale"
    "|securite sociale|rodné číslo|rodne cislo|fødselsnummer|henkilötunnus|cédula|cedula|curp"
    r"|tc kimlik(?: no)?|kimlik no|egn|jmbg|снилс|паспорт|\S{0,6}身份证|\S{0,6}身份证号码?|身分證字號"
    r"|個人番号|マイナンバー"
    r"|\S{0,6}주민등록번호"
)
NO_IDS = (
    "amount|tax|contribution|cotisations?|plafond|part|taux|montant|importe|precio|iva|igic|impuestos?|total|base"
    "|rate|betrag|beitrag"
)
"""What is paid to an insurance, or without a tax (*sin IVA*), numbers nobody."""
GENERIC_NAMES = (
    *(("name",), ("nom",), ("nombre",), ("nome",), ("ad",), ("naam",), ("namn",), ("navn",)),
    *(("ad\u0131",), ("adi",), ("isim",)),
)
"""A first name beside a surname, and a whole one among columns about people; else anything."""
OF_PEOPLE = word_set(
    """
    persnr personalnr personalnummer persno employee emp staff patient student pupil passenger mitarbeiter
    salary wage gehalt lohn payroll salaire salario stipendio
    """
)
_COUNTED = word_set("count counts total nb anzahl average avg mean median ratio rate share percent pct")
_OF_PAY, _OF_STAYS = frozenset(("brutto", "netto")), frozenset(("eintritt", "austritt", "hired"))
_OF_GOODS = word_set(
    """
    artikel artikelnr article produkt product preis price mwst ust vat menge qty quantity sku ean gtin einheit
    lager bestand stück
    """
)


def about_people(names: Sequence[str], types: Sequence[ColumnType]) -> bool:
    """Tell whether columns speak of people: an employee's number or a wage, not how many there are.

    Gross and net are also those of a price, and what is no day is no entry into a house, but what it costs.
    """
    said = [{*words_of(name), name.lower()} for name in names]  # MwSt is one word
    are_goods = any(words & _OF_GOODS for words in said)
    return any(
        (words & OF_PEOPLE and not words & _COUNTED)
        or (words & _OF_PAY and not are_goods)
        or (words & _OF_STAYS and kind in (ColumnType.DATE, ColumnType.DATETIME))
        for words, kind in zip(said, types, strict=True)
    )


def looks_like_person(value: str) -> bool:
    """Tell whether a text may be a person's name: two to five words of letters, none of them small alone."""
    words = value.replace(",", " ").split()
    bare = [word.strip(".'’").replace("-", "").replace("'", "").replace("’", "") for word in words]  # noqa: RUF001  a sign of names
    if len(words) == 1:
        return _is_east_asian(value)
    if not 2 <= len(words) <= 5 or not all(map(str.isalpha, bare)) or looks_like_company(value):
        return False
    return not (words[0][0].islower() or words[-1][0].islower())


def _is_east_asian(value: str) -> bool:
    return 2 <= len(value) <= 8 and all("\u3041" <= sign <= "\ud7a3" for sign in value)

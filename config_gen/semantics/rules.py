"""The rules for what a column is about: words in its name, and a test of its values.

A label needs both a fitting name and mostly fitting values, or values so particular (check digits,
addresses, UUIDs) that they speak alone: `alone` is the share of values that is enough without a name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from config_gen.semantics import checks, iso

ValueTest = Callable[[str], bool]


@dataclass(frozen=True)
class Rule:
    """One label: `words` match the name, `test` the values; `named` is the share needed with the name."""

    label: str
    words: re.Pattern[str]
    test: ValueTest
    named: float = 0.8
    alone: float | None = None
    alone_distinct: int = 1
    verified: bool = False
    personal: bool = False
    not_words: re.Pattern[str] | None = None


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^| )(?:{pattern})(?: |$)")


def _like(pattern: str, flags: int = 0) -> ValueTest:
    compiled = re.compile(rf"(?:{pattern})$", flags)
    return lambda value: compiled.match(value) is not None


def _number_between(low: float, high: float) -> ValueTest:
    def test(value: str) -> bool:
        try:
            return low <= float(value.replace(",", ".")) <= high
        except ValueError:
            return False

    return test


_TEXT = _like(r"(?=.*[^\W\d_]).{1,120}")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_KNOWN_NAME = iso.COUNTRY_NAMES
_LEGAL = re.compile(
    r"\b(?:inc|corp|corporation|co|company|ltd|limited|llc|llp|plc|ag|gmbh|kg|se|sa|s\.a|spa|s\.p\.a|srl|nv|n\.v|bv|b\.v|ab|oyj|asa|as|a/s|aps|oy|holdings?|group|trust|fund|etf"
    r"|bank|bancorp|pty|kk|sarl|sas|publ|brewing|brewery|partners|industries|international|technologies|pharmaceuticals|energy|capital|solutions|services|systems|associates)\b",
    re.IGNORECASE,
)


def looks_like_company(value: str) -> bool:
    """Tell whether a name carries a legal form or a usual word of companies."""
    return _LEGAL.search(value) is not None


RULES: tuple[Rule, ...] = (
    Rule(
        "uuid",
        _words("uuid|guid|rowguid"),
        _like(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?"),
        alone=0.9,
        verified=True,
    ),
    Rule(
        "email",
        _words("e ?mail|mail|courriel|correo|email ?address|contact"),
        _like(r"[\w.+'&-]+@[\w-]+(?:\.[\w-]+)+"),
        alone=0.9,
        personal=True,
    ),
    Rule(
        "url",
        _words("url|uri|link|lien|website|site|web|homepage|href|page"),
        _like(r"(?:https?|ftp|ftps|file|s3|sftp)://?\S+|www\.\S+", re.IGNORECASE),
        named=0.7,
        alone=0.9,
    ),
    Rule(
        "url",
        _words("(?:\\w+ )*ur[li]s?|website|web ?site"),
        _like(r"[\w.-]+\.[a-z]{2,}(?:/\S*)?|\S+\.\w{2,4}", re.IGNORECASE),
        named=0.9,
    ),
    Rule("isin", _words("isin|isin code"), checks.isin, named=0.6, alone=0.9, verified=True),
    Rule("lei", _words("lei|legal entity identifier"), checks.lei, named=0.6, alone=0.9, verified=True),
    Rule("figi", _words("figi|bbgid|bloomberg id"), checks.figi, named=0.6, alone=0.9, verified=True),
    Rule("iban", _words("iban"), checks.iban, named=0.6, alone=0.9, verified=True, personal=True),
    Rule("cusip", _words("cusip"), checks.cusip, named=0.6, alone=0.97, alone_distinct=12, verified=True),
    Rule("sedol", _words("sedol"), checks.sedol, named=0.6, alone=0.98, alone_distinct=25, verified=True),
    Rule(
        "bic",
        _words("bic|swift|swift code|bic code|bic8|bic11"),
        checks.bic,
        named=0.7,
        alone=0.97,
        alone_distinct=8,
        verified=True,
    ),
    Rule(
        "credit_card",
        _words("(?:credit ?)?card(?: ?(?:number|no|num))?|cc ?(?:number|no|num)?|pan|ccnumber"),
        checks.card,
        named=0.7,
        alone=0.95,
        alone_distinct=8,
        verified=True,
        personal=True,
    ),
    Rule("siret", _words("siret"), checks.siret, named=0.6, alone=0.98, alone_distinct=10, verified=True),
    Rule("siren", _words("siren"), checks.siren, named=0.6, verified=True),
    Rule(
        "mic", _words("mic|mic code|market identifier code|operating mic|segment mic"), _like(r"[A-Z0-9]{4}")
    ),
    Rule(
        "currency_code",
        _words(
            "currency|ccy|curr|cur|devise|währung|waehrung|moneda|valuta|divisa|currencies|iso 4217|currency code"
        ),
        lambda v: v.upper() in iso.CURRENCIES and len(v) == 3,
        alone=0.95,
        alone_distinct=6,
    ),
    Rule(
        "currency_numeric",
        _words("(?:currency )?numeric(?: code)?|currency (?:number|num|no)"),
        lambda v: v.zfill(3) in iso.CURRENCY_NUMBERS,
        named=0.55,
    ),
    Rule(
        "country_alpha2",
        _words(
            "country|countries|ctry|pays|nation|nationality|land|paese|pais|iso2|iso 2|cc|alpha 2|iso 3166 1 alpha 2|residence|domicile|citizenship|territory"
        ),
        lambda v: v.upper() in iso.COUNTRY_ALPHA2,
        named=0.9,
        alone=0.98,
        alone_distinct=15,
    ),
    Rule(
        "country_alpha3",
        _words(
            "country|ctry|pays|nation|nationality|land|paese|pais|iso3|iso 3|alpha 3|iso 3166 1 alpha 3|residence|domicile"
        ),
        lambda v: v.upper() in iso.COUNTRY_ALPHA3,
        named=0.9,
        alone=0.97,
        alone_distinct=8,
    ),
    Rule(
        "country_name",
        _words(
            "country|countries|pays|nation|land|paese|pais|país|territory|entity|area|citizenship|nationality"
        ),
        lambda v: iso.plain_name(v) in _KNOWN_NAME,
        named=0.7,
        alone=0.9,
        alone_distinct=4,
    ),
    Rule(
        "language_code",
        _words(
            "lang|language|langue|sprache|locale|lingua|idioma|alpha 2|alpha 3|alpha 3 [bt]|iso 639 \\d|iso639"
        ),
        lambda v: (
            v in iso.LANGUAGE2 or v in iso.LANGUAGE3 or re.fullmatch(r"[a-z]{2,3}[-_][A-Z]{2}", v) is not None
        ),
        named=0.9,
        alone=0.97,
        alone_distinct=15,
    ),
    Rule(
        "language_name",
        _words("lang|language|langue|sprache|english|french|lingua|idioma|language name"),
        lambda v: re.split(r"[\s;,(/-]", v.lower())[0] in iso.LANGUAGE_NAMES,
        named=0.3,
        alone=0.8,
        alone_distinct=5,
    ),
    Rule(
        "timezone",
        _words("(?:\\w+ )?(?:time ?zone|tz|timezone)"),
        _like(r"[A-Z][A-Za-z_]+/[A-Za-z_+-]+(?:/[A-Za-z_]+)?|UTC(?:[+-]\d\d?(?::\d\d)?)?|GMT|[A-Z]{3,4}"),
        alone=None,
    ),
    Rule(
        "timezone",
        _words("(?!)"),
        _like(
            r"(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific|Etc|US)/[A-Za-z_+-]+(?:/[A-Za-z_]+)?"
        ),
        alone=0.95,
    ),
    Rule("color_hex", _words("colou?r|couleur|farbe|hex|rgb"), _like(r"#?[0-9a-fA-F]{6}"), named=0.95),
    Rule("color_hex", _words("(?!)"), _like(r"#[0-9a-fA-F]{6}"), alone=0.95),
    Rule(
        "latitude",
        _words("lat|latitude|y ?lat|breitengrad|latitud|latitudine"),
        _number_between(-90, 90),
        named=0.98,
    ),
    Rule(
        "longitude",
        _words("lon|lng|long|longitude|x ?long?|längengrad|longitud|longitudine"),
        _number_between(-180, 180),
        named=0.98,
    ),
    Rule("ipv4", _words("ip|ip address|ipv4|host"), checks.ipv4, alone=0.97, verified=True, personal=True),
    Rule(
        "mac_address",
        _words("mac|mac address"),
        _like(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"),
        alone=0.95,
        verified=True,
    ),
    Rule(
        "phone",
        _words(
            "phone|tel|telephone|telefon|telefono|teléfono|mobile|cell|fax|portable|handy|(?:home|work|cell|mobile|contact) ?(?:phone)?|phone ?number|telephone ?number|no appel|msisdn"
        ),
        _like(r"\+?[\d\s().\-/x]{6,22}(?:ext\.? ?\d+)?"),
        named=0.8,
        personal=True,
        not_words=_words("code|type|country"),
    ),
    Rule(
        "postal_code",
        _words(
            "zip|zip ?code|post ?code|postal|postal ?code|code postal|plz|cap|cp|postleitzahl|codigo postal|zip ?plus ?4|postcode"
        ),
        _like(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9 -]{1,9}"),
        named=0.8,
    ),
    Rule(
        "city",
        _words(
            "(?:\\w+ )?(?:city|town|ville|stadt|ort|ciudad|comune|città|municipality|locality|commune|gemeinde|plaats|nom commune|city name)"
        ),
        _TEXT,
        named=0.9,
        not_words=_words("code|id|insee|state|type"),
    ),
    Rule(
        "street_address",
        _words(
            "(?:street|strasse|straße|rue|calle|via|addr|address|adresse|direccion|indirizzo|adres)(?: ?(?:address|line|name|1|2))*|address 1|(?:street|mailing|postal|home|billing|shipping|office) address|address ?line ?1"
        ),
        _like(r"(?=.*[^\W\d_]).{4,160}"),
        named=0.8,
        personal=True,
        not_words=_words("2|3|4|email|mail|ip|type|id|web|code|city|country|state|zip|mac"),
    ),
    Rule(
        "first_name",
        _words(
            "first ?name|given ?names?|forename|fname|prenom|prénom|vorname|nombre de pila|nome proprio|christian name"
        ),
        _TEXT,
        named=0.9,
        personal=True,
    ),
    Rule(
        "last_name",
        _words(
            "last ?name|surname|family ?name|lname|nachname|familienname|apellidos?|cognome|nom de famille|mothers ?maiden(?: name)?|maiden ?name|nom usage"
        ),
        _TEXT,
        named=0.9,
        personal=True,
    ),
    Rule(
        "person_name",
        _words(
            "full ?name|person ?name|customer ?name|contact ?name|patient ?name|employee ?name|cardholder|cardholder name|account ?holder|holder name|contact ?person"
        ),
        _TEXT,
        named=0.9,
        personal=True,
    ),
    Rule(
        "gender",
        _words("gender|sex|sexe|geschlecht|genero|género|sesso"),
        _like(
            r"m|f|male|female|man|woman|u|x|other|unknown|homme|femme|männlich|weiblich|d|w|0|1|2|9|non-?binary",
            re.IGNORECASE,
        ),
        named=0.95,
        personal=True,
    ),
    Rule(
        "date_of_birth",
        _words(
            "dob|(?:birth|born|birthday|date of birth|birth ?date|date naissance|date de naissance|geburtsdatum|geburtstag|fecha nacimiento|data nascita|bday|d o b|birth ?day)"
        ),
        _like(r".*\d{2}.*\d.*"),
        named=0.9,
        personal=True,
        not_words=_words("year|place|country|city|month|weight"),
    ),
    Rule(
        "national_id",
        _words(
            "ssn|social security(?: number)?|national ?id(?: ?(?:number|no))?|nino|nin|personnummer|codice fiscale|dni|nif|cpf|sin|aadhaar|nir|pesel|bsn|ahv|citizen id|national identity(?: number)?|identity ?number"
        ),
        _like(r"(?=.*\d.*\d.*\d)[A-Za-z0-9 ./-]{5,24}"),
        named=0.8,
        personal=True,
    ),
    Rule(
        "passport", _words("passport(?: ?(?:number|no))?"), _like(r"[A-Z0-9]{6,10}"), named=0.9, personal=True
    ),
    Rule(
        "username",
        _words(
            "user ?name|login|login ?id|user ?login|screen ?name|nick ?name|handle|benutzername|identifiant utilisateur"
        ),
        _like(r"\S{2,64}"),
        named=0.9,
        personal=True,
    ),
    Rule(
        "password",
        _words("password|passwd|pwd|mot de passe|passwort|contraseña|contrasena|pass ?phrase"),
        _like(r"\S{4,}"),
        named=0.9,
        personal=True,
        not_words=_words("hash|salt|hint|question|date|changed"),
    ),
    Rule(
        "domain",
        _words("domain|domain ?name|host ?name|fqdn"),
        _like(r"(?:[\w-]+\.)+[a-z]{2,}", re.IGNORECASE),
        named=0.9,
    ),
    Rule(
        "account_number",
        _words("account ?(?:number|no|num)|acct ?(?:no|num|number)|kontonummer|bank account(?: number)?"),
        _like(r"(?=.*\d.*\d.*\d)[A-Za-z0-9 -]{4,30}"),
        named=0.9,
        personal=True,
    ),
    Rule(
        "ticker",
        _words("ticker|ticker ?symbol|symbol|stock ?symbol|ric|trading ?symbol"),
        _like(r"[A-Z0-9^$][A-Z0-9.\-/^$=&]{0,14}"),
        named=0.9,
    ),
    Rule(
        "company_name",
        _words(
            "company|company ?name|employer|organi[sz]ation(?: name)?|issuer(?: name)?|legal ?name|corporation|firm|raison sociale|firma|unternehmen|empresa|societe|société|ragione sociale|vendor ?name|supplier ?name|entity legal name|business ?name|bank ?name"
        ),
        _TEXT,
        named=0.85,
    ),
)

"""What a column's name says about its values: split into words, in several languages."""

import re
from functools import lru_cache

from config_gen.types.wordlists import word_set

_FLAG_FIRST = word_set(
    """
    is has had was can should allow allows enable enabled est
    """
)
_FLAG_WORDS = word_set(
    """
    bool boolean active inactive enabled disabled deleted valid gratuit payant ouvert couvert
    couverture surveillance lumiere public private yn optin consent verified approved
    """
)
CODE_WORDS = word_set(
    """
    zip zipcode postal postcode plz cp insee siret siren fips phone tel telephone telefon telefono
    mobile fax appel cusip sedol isin iban card pan ssn npi ein vat tin barcode ean upc gtin isbn
    issn imei serial sku passport routing aba bic swift mcc naics sic nace hs hscode icd ndc snomed
    cas cik lei account acct konto compte licence license plate matricule msisdn pin geoid gvkey
    permno cedula dni nif cif rfc cpf cnpj nino nhs mrn iccid imsi sortcode blz ric wkn valor
    tracking waybill awb lot batch category
    """
)
_HOUSE = frozenset(("adresse", "address", "house", "street", "voie", "rue", "building", "civic"))
_HOUSE_NUMBER = frozenset(("numero", "num", "number", "no", "nr", "hausnummer"))
_NATION = frozenset(("national", "tax", "fiscal", "citizen", "social", "patient", "student", "member"))
_IDENTITY = frozenset(("id", "number", "idnumber", "identity", "identifier", "no", "nr"))
CODE_WORD = frozenset(["code", "codes", "cod", "codice", "codigo", "kod", "code_insee"])
_COUNT_WORDS = word_set(
    """
    count total sum num number qty quantity amount size length width height population nb nombre
    anzahl age year month day week hour minute second rank order sequence seq position index price
    value score points level days
    """
)


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """Return the name's words in lower case: `homePhone_No` gives home, phone, no."""
    spaced = re.sub(r"([a-zà-ÿ0-9])([A-Z])", r"\1 \2", name)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", spaced)
    return tuple(re.findall(r"[^\W\d_]+|\d+", spaced.lower()))


def says_flag(name: str) -> bool:
    """Tell whether the name announces a yes or no."""
    words = words_of(name)
    return bool(words) and (words[0] in _FLAG_FIRST or bool(_FLAG_WORDS & set(words)))


def says_date_only(name: str) -> bool:
    """Tell whether the name speaks of a date and not of a time."""
    words = set(words_of(name))
    return bool(words & {"date", "datum", "fecha", "data", "dt", "day", "jour"}) and not words & {
        "time",
        "datetime",
        "timestamp",
        "ts",
        "at",
        "hour",
        "modified",
        "updated",
        "created",
    }


def says_code(name: str) -> bool:
    """Tell whether the name announces a code: postal code, account, phone and their like."""
    words = words_of(name)
    if not words:
        return False
    if set(words) & _HOUSE and set(words) & _HOUSE_NUMBER:
        return True
    if set(words) & _NATION and set(words) & _IDENTITY and words[-1] not in ("count", "total", "amount"):
        return True
    if set(words) & CODE_WORDS:
        return (
            not set(words) & _COUNT_WORDS
            or words[-1] in CODE_WORDS
            or words[-1] in ("number", "no", "num", "id")
        )
    return bool(set(words) & CODE_WORD) or words[-1].endswith("code")


def says_label(name: str) -> bool:
    """Tell whether the name announces a name or title, which stays text even when made of digits."""
    words = words_of(name)
    return bool(words) and words[-1] in ("name", "nom", "label", "title", "libelle", "nombre", "bezeichnung")


def says_identifier(name: str) -> bool:
    """Tell whether the name announces an identifier."""
    words = words_of(name)
    return bool(words) and (
        words[-1] in ("id", "ids", "uuid", "guid", "key", "identifier", "ref", "reference")
        or words[0] == "id"
    )

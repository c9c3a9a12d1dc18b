"""What follows from a column's meaning: how close it is to a person, its check digits, its usual shape."""

from domain.configuration.feed_columns import PersonalData, Treatment
from domain.configuration.profiles import Meaning

SENSITIVE = frozenset(
    {
        "national_id",
        "passport",
        "credit_card",
        "tax_id",
        "password",
        "health",
        "ssn",
        "card_number",
        "driver_license",
    }
)
SHARED = frozenset(
    """
    postal_code city country_name country_alpha2 country_alpha3 currency_code currency_numeric gender
    language_code language_name first_name last_name person_name date_of_birth street_address latitude
    longitude timezone domain ticker mic bic phone
    """.split()  # noqa: SIM905  words, not strings
)
"""What several rows may have in common however seldom a sample shows it: two people of one town or name."""
DIRECT = frozenset(
    {
        "email",
        "phone",
        "person_name",
        "first_name",
        "last_name",
        "street_address",
        "username",
        "iban",
        "bank_account",
        "account_number",
    }
)
INDIRECT = frozenset(
    {
        "date_of_birth",
        "gender",
        "ip_address",
        "ipv4",
        "ipv6",
        "mac_address",
        "postal_code",
        "latitude",
        "longitude",
    }
)
# Places and codes are personal only where the profile says that they belong to people.
_ONLY_WITH_PEOPLE = frozenset(
    {
        "postal_code",
        "latitude",
        "longitude",
        "street_address",
        "iban",
        "account_number",
        "bank_account",
        "tax_id",
        "phone",
        "email",
        "gender",
    }
)
CHECK_DIGITS = frozenset(
    {
        "isin",
        "cusip",
        "sedol",
        "figi",
        "lei",
        "iban",
        "credit_card",
        "ean",
        "isbn",
        "siren",
        "siret",
        "imo",
        "vat",
    }
)
UPPER_CASE = frozenset(
    {
        "isin",
        "cusip",
        "sedol",
        "figi",
        "lei",
        "bic",
        "iban",
        "mic",
        "currency_code",
        "country_alpha2",
        "country_alpha3",
        "unlocode",
        "iata_airport",
        "icao_airport",
    }
)
CODES_OF_DIGITS = frozenset(
    {
        "isin",
        "cusip",
        "sedol",
        "iban",
        "postal_code",
        "phone",
        "credit_card",
        "national_id",
        "bic",
        "lei",
        "ean",
        "password",
        "secret",
    }
)
SECRETS = frozenset({"password", "secret"})
"""What opens something: nobody who reads the data needs it."""
MONEY = frozenset({"amount", "price", "money"})


def closeness(meaning: str | None, *, personal: bool) -> PersonalData:
    """Return how close the meaning comes to a person; `personal` is what the profile says of the column."""
    if meaning is None:
        return PersonalData.INDIRECT if personal else PersonalData.NONE
    if meaning in _ONLY_WITH_PEOPLE and not personal:
        return PersonalData.NONE
    if meaning in SENSITIVE:
        return PersonalData.SENSITIVE
    if meaning in DIRECT:
        return PersonalData.DIRECT
    return PersonalData.INDIRECT if personal or meaning == "date_of_birth" else PersonalData.NONE


def is_hidden(meaning: Meaning | None) -> bool:
    """Return whether the values themselves are kept out of cards, reviews and configurations."""
    if meaning is None:
        return False
    near = closeness(meaning.label, personal=meaning.personal)
    return meaning.label in SECRETS or near in {PersonalData.DIRECT, PersonalData.SENSITIVE}


def treatment_of(meaning: str | None, near: PersonalData) -> Treatment:
    """Return how a column of a meaning is treated; `near` is how close it comes to a person."""
    return Treatment.TOKENIZE if meaning in SECRETS else treatment_for(near)


def treatment_for(closeness_: PersonalData) -> Treatment:
    """Return the mildest treatment that the rules accept for that closeness."""
    if closeness_ is PersonalData.SENSITIVE:
        return Treatment.TOKENIZE
    if closeness_ is PersonalData.DIRECT:
        return Treatment.MASK
    return Treatment.NONE

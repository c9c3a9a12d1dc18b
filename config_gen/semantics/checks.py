"""Verify identifiers by the check digits of their standards."""

import re

from config_gen.semantics.countries import COUNTRY_ALPHA2
from config_gen.types.codes import luhn

_VALUES = {char: n for n, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*@#")}
_IBAN_LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LC": 32,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "LY": 25,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NL": 18,
    "NO": 15,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "SA": 24,
    "SC": 31,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "ST": 25,
    "SV": 28,
    "TL": 23,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
}
_SEDOL_WEIGHTS = (1, 3, 1, 7, 3, 9)


def isin(value: str) -> bool:
    """Tell whether this is an ISIN with a right check digit (ISO 6166)."""
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}\d", value):
        return False
    return luhn("".join(str(_VALUES[char]) for char in value))


def cusip(value: str) -> bool:
    """Tell whether this is a CUSIP with a right check digit."""
    if not re.fullmatch(r"[A-Z0-9*@#]{8}\d", value):
        return False
    total = 0
    for place, char in enumerate(value[:8]):
        number = _VALUES[char] * (2 if place % 2 else 1)
        total += number // 10 + number % 10
    return (10 - total % 10) % 10 == int(value[8])


def sedol(value: str) -> bool:
    """Tell whether this is a SEDOL with a right check digit."""
    if not re.fullmatch(r"[B-DF-HJ-NP-TV-Z0-9]{6}\d", value):
        return False
    total = sum(weight * _VALUES[char] for weight, char in zip(_SEDOL_WEIGHTS, value, strict=False))
    return (10 - total % 10) % 10 == int(value[6])


def figi(value: str) -> bool:
    """Tell whether this is a FIGI with a right check digit."""
    if not re.fullmatch(r"[B-DF-HJ-NP-TV-Z]{2}G[B-DF-HJ-NP-TV-Z0-9]{8}\d", value):
        return False
    total = 0
    for place, char in enumerate(value[:11]):
        number = _VALUES[char] * (2 if place % 2 else 1)
        total += number // 10 + number % 10
    return (10 - total % 10) % 10 == int(value[11])


def lei(value: str) -> bool:
    """Tell whether this is a Legal Entity Identifier with right check digits (ISO 17442)."""
    return bool(re.fullmatch(r"[A-Z0-9]{18}\d{2}", value)) and _mod97(value) == 1


def iban(value: str) -> bool:
    """Tell whether this is an IBAN of the right length with right check digits (ISO 13616)."""
    text = value.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text) or _IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return _mod97(text[4:] + text[:4]) == 1


def bic(value: str) -> bool:
    """Tell whether this is shaped as a BIC with a country that exists (ISO 9362)."""
    return bool(re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", value)) and value[4:6] in COUNTRY_ALPHA2


def card(value: str) -> bool:
    """Tell whether this is a payment card number: known first digits, right Luhn digit (ISO/IEC 7812)."""
    text = re.sub(r"[ -]", "", value)
    return bool(
        re.fullmatch(
            r"(?:4\d{12}(?:\d{3}){0,2}|5[0-9]\d{14}|2[2-7]\d{14}|3[4-7]\d{12,13}|3[068]\d{12}"
            r"|6\d{15,18}|35\d{14})",
            text,
        )
    ) and luhn(text)


def siren(value: str) -> bool:
    """Tell whether this is a French company number, 9 digits with a Luhn digit."""
    return bool(re.fullmatch(r"\d{9}", value)) and luhn(value)


def siret(value: str) -> bool:
    """Tell whether this is a French establishment number, 14 digits with a Luhn digit."""
    return bool(re.fullmatch(r"\d{14}", value)) and luhn(value)


def ipv4(value: str) -> bool:
    """Tell whether this is an IPv4 address."""
    parts = value.split(".")
    return len(parts) == 4 and all(part.isdigit() and len(part) <= 3 and int(part) <= 255 for part in parts)


def _mod97(text: str) -> int:
    return int("".join(str(_VALUES[char]) for char in text)) % 97

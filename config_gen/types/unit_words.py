"""The words for units that people write: beside each number of a column, or of a column as a whole."""

from config_gen.types.wordlists import word_set

_WRITTEN = word_set(
    """
    kg g mg t lb lbs oz tonnes kilograms grams km m cm mm miles feet metres meters litres liters l ml
    seconds minutes hours days weeks milliseconds microseconds ms s min h bytes kilobytes megabytes
    gigabytes celsius fahrenheit kelvin pieces units shares lots barrels mbps
    """
)
_CASED = (
    "kWh", "MWh", "GWh", "Wh", "kW", "MW", "W", "V", "A", "Hz", "bar", "hPa", "Pa", "KB", "MB", "GB",
    "TB", "MiB", "GiB", "°C", "°F", "m³", "m²", "Nm³",
)  # fmt: skip
UNITS = {
    **dict.fromkeys(("euro", "euros", "€"), "EUR"),
    **dict.fromkeys(("dollar", "dollars", "us dollars", "$"), "USD"),
    **dict.fromkeys(("pounds sterling", "sterling", "£"), "GBP"),
    **dict.fromkeys(("yen", "¥"), "JPY"),
    **dict.fromkeys(("percent", "per cent", "%"), "percent"),
    **dict.fromkeys(("basis points", "bps", "bp"), "basis points"),
    **{word: word for word in _WRITTEN},
    **{word.lower(): word for word in _CASED},
}
"""What somebody may say that a column is in, in small letters, and how it is written down."""

_CODES = word_set(
    """
    AED ARS AUD BGN BRL CAD CHF CLP CNH CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW KWD
    MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR
    """
)
"""Currencies that amounts are marked with; a rare one may as well be a word, as in `TOP 10`."""
_SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW", "₴": "UAH", "₪": "ILS",
    "₫": "VND", "฿": "THB", "₦": "NGN", "₱": "PHP", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₼": "AZN",
    "₾": "GEL", "US$": "USD", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "R$": "BRL", "zł": "PLN",
    "￡": "GBP", "￦": "KRW",
    "Kč": "CZK", "Ft": "HUF", "円": "JPY", "元": "CNY", "руб.": "RUB", "лв.": "BGN",  # noqa: RUF001  so it is written
}  # fmt: skip
_SIGNS_OF_SEVERAL = ("$", "¥", "＄", "￥", "kr", "kr.", "Kr", "Fr.", "Rs", "Rs.")  # noqa: RUF001  so it is written
"""Whose dollars or crowns they are, the sign does not say."""
_BEHIND = (
    *(word for word in _WRITTEN if len(word) > 1), *(word for word in _CASED if len(word) > 1),
    "kt", "ft", "mph", "km/h", "m/s", "mg/dL", "mmol/L", "µs", "m2", "m3", "ppm", "bps", "bp", "rpm", "dB",
    "dBm", "kVA", "MVA", "kJ", "MJ", "kN", "Nm", "kPa", "MPa", "mbar", "mA", "mV", "kV", "kHz", "MHz", "GHz",
    "Mbit/s", "Mbps", "kbps", "Kg", "KG", "KM", "hrs", "mins", "secs", "pcs", "Stk.", "Std.", "°",
)  # fmt: skip
"""One letter is no unit here: `12 A` may be a seat, a gate or a grade."""
BEHIND: dict[str, str | None] = {
    **{unit: unit for unit in _BEHIND},
    **{sign: code for sign, code in _SIGNS.items() if sign != "R$"},
    **{code: code for code in _CODES},
    **dict.fromkeys(_SIGNS_OF_SEVERAL),
    "%": "percent",
    "‰": "per mille",
    "Euro": "EUR",
}
"""What may stand behind each number of a column, and the unit that it means; None where it does not tell."""
_PARTS = frozenset((*_WRITTEN, *_CASED))
IN_FRONT: dict[str, str | None] = {
    **_SIGNS,
    **{code: code for code in _CODES},
    **dict.fromkeys(_SIGNS_OF_SEVERAL),
}
"""What may stand before each number of a column."""


def is_unit(cell: str) -> bool:
    """Tell whether a cell holds nothing but a unit, alone or one by another: `[°C]`, `kg/m²`."""
    bare = cell.strip("[]() ")
    parts = bare.split("/")
    if len(parts) == 1:
        return bare in BEHIND
    return all(part in BEHIND or part.rstrip("23²³") in _PARTS for part in parts)


def unit_of(affix: str) -> str | None:
    """Return the unit that a text beside numbers means, None where it does not tell."""
    return BEHIND.get(affix) or IN_FRONT.get(affix)

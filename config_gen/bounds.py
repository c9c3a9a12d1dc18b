"""Bounds with room: a sample hardly ever holds the least and the greatest of the values that will come."""

from decimal import Decimal, InvalidOperation

from config_gen.types.names import words_of
from config_gen.types.wordlists import word_set

_DOMAINS = {"latitude": ("-90", "90"), "longitude": ("-180", "180")}
# A fee may be given back and a level may fall below nought; what is counted or measured out may not.
_NEVER_NEGATIVE = word_set(
    """
    count counts qty quantity size length width height weight age ages population number num no nr rank
    position sequence seq volume area duration distance days hours minutes seconds year month day shares
    lots bytes
    """
)
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_FIXED_LENGTHS = {
    "isin": 12,
    "cusip": 9,
    "sedol": 7,
    "figi": 12,
    "lei": 20,
    "bic": 11,
    "mic": 4,
    "currency_code": 3,
    "country_alpha2": 2,
    "country_alpha3": 3,
}
_FEWEST_DECIMALS, _MORE_DECIMALS, _MOST_DECIMALS = 4, 2, 28


def roomy_bounds(
    low: str | None, high: str | None, name: str, meaning: str | None
) -> tuple[str | None, str | None]:
    """Return bounds of what a column may hold, from the least and the greatest number of its sample.

    What is known of a kind of value comes first; else the sample's own reach is added on both sides, rounded
    outwards, and only what counts or measures stops at nought.
    """
    if meaning in _DOMAINS:
        return _DOMAINS[meaning]
    if low is None or high is None:
        return None, None
    try:
        least, most = Decimal(low), Decimal(high)
    except InvalidOperation:
        return None, None
    reach = max(most - least, abs(least), abs(most), Decimal(1))
    stops = least >= 0 and bool(_NEVER_NEGATIVE & set(words_of(name)))
    return "0" if stops else _plain(-_outward(reach - least)), _plain(_outward(most + reach))


def counted_on(low: str | None) -> str | None:
    """Return the least of numbers that go on from file to file, and so have no greatest: nought, or none."""
    return low if low == "0" else None


def roomy_length(longest: int | None, meaning: str | None) -> int | None:
    """Return the longest text that a column takes: twice as long as the sample's, rounded up."""
    if not longest:
        return None
    known = _FIXED_LENGTHS.get(meaning or "", 0)
    return known if known >= longest else int(_outward(Decimal(2 * longest).max(10)))


def roomy_scale(decimals: int | None) -> int:
    """Return the digits after the point that a column keeps: some more than the sample needed."""
    return min(max((decimals or 0) + _MORE_DECIMALS, _FEWEST_DECIMALS), _MOST_DECIMALS)


def _outward(number: Decimal) -> Decimal:
    """Return the next of 1, 2, 5, 10, 20, 50, … at or above a number that is not negative."""
    if number <= 0:
        return Decimal(0)
    power = Decimal(10) ** number.adjusted()
    return next(step * power for step in _STEPS if step * power >= number)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"

"""Count and list in words: one row, two rows; this, that and the other."""

from collections.abc import Sequence


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its word: "1 row", "2,041 rows"; `many` is only needed where an "s" won't do."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def times(number: int) -> str:
    """Return how often: "once", "7 times"."""
    return "once" if number == 1 else counted(number, "time")


def all_of(number: int, one: str, many: str = "") -> str:
    """Return all of them as the subject of a sentence: "the only value", "all 12 values"."""
    return f"the only {one}" if number == 1 else f"all {counted(number, one, many)}"


def of_all(part: int, whole: int, noun: str, one: str, many: str) -> str:
    """Return how many of all do something: "the only row fits", "1 of 7 rows fits", "6 of 7 rows fit"."""
    if part == whole == 1:
        return f"the only {noun} {one}"
    return f"{part:,} of {counted(whole, noun)} {one if part == 1 else many}"


def lasting(minutes: float) -> str:
    """Return a time span as people say it: "45 minutes", "21 hours", "4 days"."""
    if minutes < 120:
        return counted(round(minutes), "minute")
    return counted(round(minutes / 60), "hour") if minutes < 2880 else counted(round(minutes / 1440), "day")


def in_series(parts: Sequence[str], last: str = "and", most: int = 0) -> str:
    """Return names as a sentence lists them: "Ada, Ben and Erin"; beyond `most` how many more there are."""
    shown = [*parts[:most], f"{len(parts) - most:,} more"] if 0 < most < len(parts) else list(parts)
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)

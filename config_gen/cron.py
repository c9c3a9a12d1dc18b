"""Five-field cron expressions, read strictly: minute, hour, day of month, month, day of week."""

from dataclasses import dataclass

from domain.errors import BadInput

_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES.split(), 1)}
_DAYS = {name: n for n, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}


@dataclass(frozen=True)
class Cron:
    """The moments that an expression names; weekdays count from Sunday = 0."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def runs_a_day(self) -> int:
        """Return how often it starts on a day on which it starts at all."""
        return len(self.minutes) * len(self.hours)

    def last_minute_of_day(self) -> int:
        """Return the latest start on a day, in minutes after midnight."""
        return max(self.hours) * 60 + max(self.minutes)

    def can_ever_run(self) -> bool:
        """Return whether any named day exists in a named month: 31 February does not."""
        longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
        if self.weekdays != frozenset(range(7)):
            return True
        return any(day <= longest.get(month, 31) for month in self.months for day in self.days)


def parse_cron(expression: str) -> Cron:
    """Return the moments of the expression.

    Raises:
        BadInput: It does not have five fields, or one of them is out of range.
    """
    parts = expression.lower().split()
    if len(parts) != len(_FIELDS):
        raise _refused(f"it has {len(parts)} fields instead of five")
    sets = [_field(part, name, low, high) for part, (name, low, high) in zip(parts, _FIELDS, strict=True)]
    return Cron(sets[0], sets[1], sets[2], sets[3], frozenset(day % 7 for day in sets[4]))


def _field(text: str, name: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for piece in text.split(","):
        span, _, step_text = piece.partition("/")
        if step_text and not (step_text.isdigit() and int(step_text) > 0):
            raise _refused(f"the {name} has the step {step_text[:10]!r}")
        step = int(step_text or 1)
        if span == "*":
            first, last = low, high
        else:
            first_text, dash, last_text = span.partition("-")
            first = _number(first_text, name)
            last = _number(last_text, name) if dash else (high if step_text else first)
        if not low <= first <= last <= high:
            raise _refused(f"the {name} {span[:20]!r} is not within {low} to {high}")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, name: str) -> int:
    names = _MONTHS if name == "month" else _DAYS if name == "weekday" else {}
    if text in names:
        return names[text]
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise _refused(f"the {name} {text[:20]!r} is no number")
    return int(text)


def _refused(why: str) -> BadInput:
    return BadInput(
        f"bad cron: {why}",
        say=f"That schedule can't be read: {why}.",
        next_step="Write five fields: minute hour day month weekday, such as 15 6 * * 1-5.",
    )

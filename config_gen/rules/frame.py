"""How a validation rule is written: a generator of faults with a code, registered in its family."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from pydantic import JsonValue, TypeAdapter
from pydantic_core import to_jsonable_python

from config_gen.documents import pointer
from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding, FindingSeverity, Fix, Operation

ERROR, WARNING, HINT = FindingSeverity.ERROR, FindingSeverity.WARNING, FindingSeverity.HINT


_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


@dataclass(frozen=True)
class Subject:
    """What is validated: the configuration, the other feeds, the version that is true now, and the day."""

    config: FeedConfig
    others: tuple[FeedConfig, ...] = ()
    previous: FeedConfig | None = None
    today: date | None = None
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(self.config.column_names()))


@dataclass(frozen=True)
class Fault:
    """One thing that a rule found; `severity` only where it differs from the rule's own."""

    place: str
    sentence: str
    fix: Fix | None = None
    severity: FindingSeverity | None = None


Find = Callable[[Subject], Iterator[Fault]]


@dataclass(frozen=True)
class Rule:
    """One demand on configurations. `demands` says in one sentence what must hold."""

    code: str
    severity: FindingSeverity
    demands: str
    find: Find


class Family:
    """The rules of one file, in the order in which they are written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: list[Rule] = []

    def rule(self, code: str, severity: FindingSeverity, demands: str) -> Callable[[Find], Find]:
        """Register a function as the rule of that code."""

        def register(find: Find) -> Find:
            self.rules.append(Rule(code, severity, demands, find))
            return find

        return register


def findings_of(rule: Rule, subject: Subject) -> list[Finding]:
    """Return what the rule finds."""
    return [
        Finding(
            code=rule.code,
            severity=fault.severity or rule.severity,
            place=fault.place,
            sentence=fault.sentence,
            fix=fault.fix,
        )
        for fault in rule.find(subject)
    ]


def put(label: str, *steps: str | int, value: object) -> Fix:
    """Return the fix that sets one place to a plain value, such as JSON has."""
    return Fix(label=label, operations=(Operation(op="add", path=pointer(*steps), value=_plain(value)),))


def drop(label: str, *steps: str | int) -> Fix:
    """Return the fix that takes one place away."""
    return Fix(label=label, operations=(Operation(op="remove", path=pointer(*steps)),))


def append(label: str, *steps: str | int, value: object) -> Fix:
    """Return the fix that adds one member to a list."""
    return Fix(label=label, operations=(Operation(op="add", path=pointer(*steps, "-"), value=_plain(value)),))


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Return names for a sentence: at most four, each in bold."""
    shown = ", ".join(f"*{name}*" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def _plain(value: object) -> JsonValue:
    return _JSON.validate_python(to_jsonable_python(value))

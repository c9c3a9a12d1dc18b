"""The pieces of a configuration that people edit: their inputs, where each stands, how it reads as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.configuration.feed_columns import FieldType, PersonalData, Treatment
from domain.configuration.feed_config import Criticality, FeedConfig
from domain.configuration.feed_operation import Classification, CompatibilityPolicy
from domain.configuration.feed_rules import Check, OnFailure, RuleSeverity
from domain.errors import BadInput, NotFound

SETTINGS = "settings"
NEW_RULE = "new"
SCHEDULE, KEY, AWAY = "schedule", "is_key", "stays"
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Entry:
    """One input. `path` leads to its place in the document; `kind` is text, number, list, or yes_no."""

    code: str
    label: str
    path: Path
    kind: str = "text"
    choices: Sequence[str] = ()
    help: str = ""
    required: bool = False


_YES_NO = ("yes", "no")
_RULE_CHECKS = (
    Check.NOT_NULL,
    Check.UNIQUE,
    Check.ACCEPTED_VALUES,
    Check.PATTERN,
    Check.RANGE,
    Check.LENGTH,
    Check.NO_FUTURE,
    Check.COMPLETENESS,
)


def entries_of(config: FeedConfig, piece: str) -> list[Entry]:
    """Return the inputs of a piece: `settings`, `column/<name>`, `rule/<id>` or `rule/new`.

    Raises:
        NotFound: There is no such piece.
    """
    kind, _, name = piece.partition("/")
    if kind == SETTINGS:
        return _settings()
    if kind == "column":
        place = next((n for n, column in enumerate(config.columns) if column.name == name), None)
        if place is not None:
            return _column(("columns", place))
    if kind == "rule":
        rules = config.quality.rules
        place = next((n for n, rule in enumerate(rules) if rule.id == name), None)
        if place is not None:
            return _rule(("quality", "rules", place), is_new=False)
        if name == NEW_RULE:
            return _rule(("quality", "rules", len(rules)), is_new=True)
    raise NotFound(f"no {kind} to edit", say="That part is not there any more.", next_step="Open it again.")


def _settings() -> list[Entry]:
    return [
        Entry("title", "Title", ("title",)),
        Entry("description", "What the data is and what it is for", ("description",)),
        Entry("owner_team", "Owning team", ("owner", "team"), required=True),
        Entry("owner_contact", "How the team is reached", ("owner", "contact"), help="Mail or channel."),
        Entry("criticality", "How critical is it", ("criticality",), choices=tuple(Criticality)),
        Entry(
            SCHEDULE,
            "When is it loaded",
            ("schedule",),
            required=True,
            help="Cron (minute hour day month weekday), a time such as 06:30, or 'on arrival'.",
        ),
        Entry(
            "time_zone", "Time zone of the schedule", ("schedule", "time_zone"), help="Such as Europe/Paris."
        ),
        Entry("grace_minutes", "Late after, in minutes", ("schedule", "grace_minutes"), "number"),
        Entry("bronze_database", "Database of the rows as they came", ("target", "bronze", "database")),
        Entry("bronze_table", "Table of the rows as they came", ("target", "bronze", "table")),
        Entry("silver_database", "Database of the clean rows", ("target", "silver", "database")),
        Entry("silver_table", "Table of the clean rows", ("target", "silver", "table")),
        Entry(
            "classification",
            "Who may read it",
            ("governance", "classification"),
            choices=tuple(Classification),
        ),
        Entry("retention_days", "Kept for, in days", ("governance", "retention_days"), "number"),
        Entry(
            "least_score",
            "Held back below this quality",
            ("quality", "least_score"),
            "number",
            help="Of 100. People are asked whether such a delivery is released anyway.",
        ),
        Entry(
            "compatibility",
            "Changes that need no agreement",
            ("compatibility",),
            choices=tuple(CompatibilityPolicy),
        ),
    ]


def _column(at: Path) -> list[Entry]:
    return [
        Entry("name", "Name in the tables", (*at, "name"), required=True, help="a-z, 0-9 and _."),
        Entry("type", "Type", (*at, "type"), choices=tuple(FieldType)),
        Entry("nullable", "May it be empty", (*at, "nullable"), "yes_no", _YES_NO),
        Entry(KEY, "Is it part of the key", ("keys", "primary"), "yes_no", _YES_NO),
        Entry("format", "Format of dates and times", (*at, "format"), help="iso, or such as %d.%m.%Y."),
        Entry("scale", "Digits after the point", (*at, "scale"), "number"),
        Entry("description", "What it means", (*at, "description")),
        Entry("meaning", "Kind of value", (*at, "meaning"), help="Such as isin or currency_code."),
        Entry("unit", "Unit", (*at, "unit")),
        Entry("affix", "Text beside each number", (*at, "affix"), help="Such as € or %: it is left out."),
        Entry("allowed", "Only these values", (*at, "allowed"), "list", help="Separated by commas."),
        Entry("minimum", "Least value", (*at, "minimum")),
        Entry("maximum", "Greatest value", (*at, "maximum")),
        Entry("max_length", "Longest text", (*at, "max_length"), "number"),
        Entry("personal_data", "Personal data", (*at, "personal_data"), choices=tuple(PersonalData)),
        Entry("treatment", "How it is protected", (*at, "treatment"), choices=tuple(Treatment)),
    ]


def _rule(at: Path, *, is_new: bool) -> list[Entry]:
    entries = [
        Entry("severity", "How bad is a breach", (*at, "severity"), choices=tuple(RuleSeverity)),
        Entry("on_failure", "What happens then", (*at, "on_failure"), choices=tuple(OnFailure)),
        Entry("failing_per_mille", "Rows of 1,000 that may fail", (*at, "failing_per_mille"), "number"),
        Entry("minimum", "Least value", (*at, "values", "minimum")),
        Entry("maximum", "Greatest value", (*at, "values", "maximum")),
        Entry("pattern", "Pattern of the whole value", (*at, "values", "pattern")),
        Entry("accepted", "Accepted values", (*at, "accepted"), "list", help="Separated by commas."),
    ]
    if not is_new:
        return [*entries, Entry(AWAY, "Keep the rule", at, "yes_no", _YES_NO)]
    first = [
        Entry("id", "Name of the rule", (*at, "id"), required=True, help="a-z, 0-9 and _."),
        Entry("check", "What is demanded", (*at, "check"), choices=_RULE_CHECKS),
        Entry("columns", "Of which columns", (*at, "columns"), "list", required=True),
    ]
    return [*first, *entries]


def text_of(config: FeedConfig, document: Mapping[str, Any], entry: Entry, piece: str) -> str:
    """Return what stands in a place, as a person reads and writes it."""
    if entry.code == SCHEDULE:
        return config.schedule.cron or "on arrival"
    if entry.code == KEY:
        return "yes" if piece.partition("/")[2] in config.keys.primary else "no"
    if entry.code == AWAY:
        return "yes"
    value: Any = document
    for step in entry.path:
        if isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return str(entry.choices[0]) if entry.choices else "0" if entry.code == "failing_per_mille" else ""
    if entry.kind == "yes_no":
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if entry.kind == "list" else str(value)


def value_of(entry: Entry, text: str) -> Any:  # Any: whatever JSON the place holds
    """Return the value that a text means for an input.

    Raises:
        BadInput: The text is none; the sentence says what would do.
    """
    if entry.choices and text not in entry.choices:
        raise BadInput(f"{entry.code} is none of the choices", say="Choose one of the answers.")
    if entry.required and not text:
        raise BadInput(f"{entry.code} is empty", say="I need an answer here.")
    if entry.kind == "yes_no":
        return text == "yes"
    if entry.kind == "list":
        return [part.strip() for part in text.split(",") if part.strip()]
    if entry.kind == "number":
        if text and not text.isdecimal():
            raise BadInput(f"{entry.code} is no number", say="This takes a whole number, such as 30.")
        return int(text) if text else None
    return text

"""Suggest quality rules for a profiled sample, each with its reason and what it would have caught there."""

from collections.abc import Iterable, Iterator, Sequence

from config_gen.file_day import is_day_of_file
from config_gen.meanings import CHECK_DIGITS
from config_gen.rows import is_ordered
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_rules import Check, Layer, OnFailure, QualityRule, RuleSeverity
from domain.configuration.profiles import SampleProfile
from domain.counting import counted

_STARTS = ("start", "begin", "from", "valid_from", "first", "issue", "trade", "departure", "min")
_ENDS = ("end", "end", "to", "valid_to", "last", "maturity", "settle", "arrival", "max")
_PAST_WORDS = (
    "created",
    "updated",
    "modified",
    "birth",
    "trade_date",
    "booking",
    "transaction",
    "posted",
    "event",
)
_FAR_FUTURE = ("expiry", "expires", "maturity", "due", "until", "valid_to", "end", "settle", "value_date")
_LEAST_ROWS = 5
_TELLING_VALUES, _HARDLY_EVER = 20, 0.05
_MAY_IDENTIFY = frozenset({FieldType.TEXT, FieldType.INTEGER})


def suggest_rules(
    profile: SampleProfile, columns: Sequence[Column], key: Sequence[str]
) -> tuple[QualityRule, ...]:
    """Return the rules that the sample supports, the most telling first.

    A rule is about the future: it is taken from what the profile proves (constraints, meanings, keys), not
    from every regularity that a small sample happens to show.
    """
    return tuple(_renamed(_rules(profile, columns, key)))


def _rules(profile: SampleProfile, columns: Sequence[Column], key: Sequence[str]) -> Iterator[QualityRule]:
    yield _row_count(profile)
    yield QualityRule(
        id="columns_as_agreed",
        check=Check.COLUMNS,
        layer=Layer.BRONZE,
        severity=RuleSeverity.ERROR,
        on_failure=OnFailure.STOP,
        reason="A file with other columns is another feed until somebody says otherwise.",
        touches=0,
    )
    if key:
        yield QualityRule(
            id="key_unique",
            check=Check.UNIQUE,
            columns=tuple(key),
            severity=RuleSeverity.ERROR,
            on_failure=OnFailure.QUARANTINE,
            reason="These columns tell all rows of the sample apart."
            + "".join(
                f" {column.name} is the day of the file: without it, each day would overwrite the former."
                for column in columns
                if column.name in key and is_day_of_file(profile, column)
            ),
            touches=0,
        )
    required = tuple(column.name for column in columns if not column.nullable)
    if required:
        yield QualityRule(
            id="required_values",
            check=Check.NOT_NULL,
            columns=required,
            severity=RuleSeverity.ERROR,
            on_failure=OnFailure.QUARANTINE,
            reason="Every row of the sample has a value here.",
            touches=0,
        )
    yield from _mostly_filled(profile, columns)
    for column in columns:
        yield from _rules_of(profile, column, is_key=(column.name,) == tuple(key))
    yield from _orders(columns)


def _mostly_filled(profile: SampleProfile, columns: Sequence[Column]) -> Iterator[QualityRule]:
    """Demand of what may be empty, and hardly ever was, that half of the rows have it: else it was lost."""
    full = tuple(
        column.name
        for column in columns
        if column.nullable
        and (seen := profile.find_column(column.source)) is not None
        and seen.values >= _TELLING_VALUES
        and seen.nulls <= _HARDLY_EVER * (seen.values + seen.nulls)
    )
    if full:
        yield QualityRule(
            id="mostly_filled",
            check=Check.COMPLETENESS,
            columns=full,
            severity=RuleSeverity.WARNING,
            on_failure=OnFailure.WARN,
            failing_per_mille=500,
            reason="Hardly a row of the sample lacks a value here; each may be empty in half of the rows.",
            touches=0,
        )


def _rules_of(profile: SampleProfile, column: Column, *, is_key: bool) -> Iterator[QualityRule]:
    seen = profile.find_column(column.source)
    if column.meaning in CHECK_DIGITS and column.meaning and not column.meaning_is_guess:
        yield QualityRule(
            id=f"{column.name}_check_digit",
            check=Check.CHECK_DIGIT,
            columns=(column.name,),
            values={"scheme": column.meaning},
            on_failure=OnFailure.QUARANTINE,
            severity=RuleSeverity.ERROR,
            failing_per_mille=5,
            reason=f"The values are {column.meaning} codes, and those carry their own proof.",
            touches=round(
                (1 - (seen.meaning.share if seen and seen.meaning else 1)) * (seen.values if seen else 0)
            ),
        )
    if column.allowed:
        yield _simple(
            column, Check.ACCEPTED_VALUES, "The sample has few values, and each comes often."
        ).model_copy(update={"accepted": column.allowed})
    if column.pattern:
        yield _simple(column, Check.PATTERN, "All values of the sample have one shape.").model_copy(
            update={"values": {"pattern": column.pattern}}
        )
    # What is never twice the same counts on: tomorrow's file lies beyond any bounds of today's.
    is_counted = column.unique or is_key or (seen is not None and seen.constraints.unique)
    if is_ordered(column.type) and not is_counted and (column.minimum, column.maximum) != (None, None):
        bounds = {"minimum": column.minimum, "maximum": column.maximum}
        yield _simple(column, Check.RANGE, "All values of the sample lie well between these.").model_copy(
            update={"values": {name: bound for name, bound in bounds.items() if bound is not None}}
        )
    if column.type in {FieldType.DATE, FieldType.DATETIME} and _is_past(column.name):
        yield _simple(column, Check.NO_FUTURE, "What this column tells has happened already.").model_copy(
            update={"values": {"days": "1"}}
        )
    # Amounts and moments of a short sample differ by chance; nobody promised that they always will.
    if column.unique and not is_key and column.type in _MAY_IDENTIFY and len(profile.columns) > 1:
        yield _simple(column, Check.UNIQUE, "No value comes twice in the sample.")


def _row_count(profile: SampleProfile) -> QualityRule:
    enough = profile.records >= _LEAST_ROWS
    return QualityRule(
        id="enough_rows",
        check=Check.ROW_COUNT,
        values={"minimum": "1"},
        layer=Layer.BRONZE,
        severity=RuleSeverity.ERROR,
        on_failure=OnFailure.STOP,
        reason="An empty file must not replace what is there."
        + (f" The sample has {counted(profile.records_estimated, 'row')}." if enough else ""),
        touches=0,
    )


def _orders(columns: Sequence[Column]) -> Iterator[QualityRule]:
    """Pairs such as start_date and end_date, of one type and one stem."""
    by_name = {column.name: column for column in columns if is_ordered(column.type)}
    for name, column in by_name.items():
        words = name.split("_")
        for first, last in zip(_STARTS, _ENDS, strict=True):
            if first not in words:
                continue
            partner = by_name.get("_".join(last if word == first else word for word in words))
            if partner is not None and partner.type is column.type:
                yield QualityRule(
                    id=f"{name}_before_{partner.name}"[:80],
                    check=Check.ORDER,
                    columns=(name, partner.name),
                    reason="The names say that one comes before the other.",
                )


def _simple(column: Column, check: Check, reason: str) -> QualityRule:
    return QualityRule(
        id=f"{column.name}_{check.value}"[:80],
        check=check,
        columns=(column.name,),
        severity=RuleSeverity.WARNING,
        on_failure=OnFailure.WARN,
        reason=reason,
        touches=0,
    )


def _is_past(name: str) -> bool:
    return any(word in name for word in _PAST_WORDS) and not any(word in name for word in _FAR_FUTURE)


def _renamed(rules: Iterable[QualityRule]) -> Iterator[QualityRule]:
    taken: set[str] = set()
    for rule in rules:
        name, number = rule.id, 2
        while name in taken:
            name, number = f"{rule.id[:75]}_{number}", number + 1
        taken.add(name)
        yield rule if name == rule.id else rule.model_copy(update={"id": name})

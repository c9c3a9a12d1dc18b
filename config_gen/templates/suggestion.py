"""Suggest templates for a sample: by format, by the names of its columns, by what their values mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from config_gen.naming import column_names_from
from config_gen.template_model import ColumnHint, Template
from config_gen.templates.shelf import all_templates
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import SampleProfile

_LEAST_SHARE = 0.4
_LEAST_FOUND = 2
_GENERIC_BEST = 0.35
_MESSAGES = frozenset(
    {
        FormatKind.SWIFT_MT,
        FormatKind.ISO20022,
        FormatKind.NACHA,
        FormatKind.BAI2,
        FormatKind.FIX,
        FormatKind.X12,
        FormatKind.EDIFACT,
    }
)


@dataclass(frozen=True)
class Suggestion:
    """A template with how well it fits, from 0 to 1, and why."""

    template: Template
    score: float
    reasons: tuple[str, ...]


def suggest(profile: SampleProfile, most: int = 3) -> list[Suggestion]:
    """Return the templates that fit the sample, best first; empty when none does."""
    names = column_names_from(column.name for column in profile.columns)
    meanings = {column.meaning.label for column in profile.columns if column.meaning}
    found = [_fit(template, profile, names, meanings) for template in all_templates()]
    fitting = [suggestion for suggestion in found if suggestion is not None]
    return sorted(fitting, key=lambda suggestion: (-suggestion.score, suggestion.template.name))[:most]


def _fit(
    template: Template, profile: SampleProfile, names: Sequence[str], meanings: set[str]
) -> Suggestion | None:
    if profile.format.value not in {kind.value for kind in template.formats}:
        return None
    if template.standard_prefix is not None:
        if not (profile.subformat or "").lower().startswith(template.standard_prefix.lower()):
            return None
        return Suggestion(template, 1.0, (f"the file is a {template.standard_prefix} message",))
    if profile.format in _MESSAGES:
        return Suggestion(template, 0.9, (f"the file is of the format {profile.format.value}",))
    if any(hint.telling for hint in template.columns):
        return _by_columns(template, names, meanings)
    return _by_shape(template, profile, names)


def _by_columns(template: Template, names: Sequence[str], meanings: set[str]) -> Suggestion | None:
    telling = [hint for hint in template.columns if hint.telling]
    found = [(hint, name) for hint in telling if (name := _find(hint, names)) is not None]
    if not telling or not found:
        return None
    share = sum(_weight(hint) for hint, _ in found) / sum(_weight(hint) for hint in telling)
    if share < _LEAST_SHARE or len(found) < min(_LEAST_FOUND, len(telling)):
        return None
    reasons = ["it has " + ", ".join(f"*{name}*" for _, name in found[:5])]
    proven = [meaning for meaning in template.meanings if meaning in meanings]
    if proven:
        reasons.append(f"its values are {', '.join(proven)}")
    # Many columns found are worth more than few: two of two may be chance, five of six are none.
    sure = min(len(found), 5) / 5
    score = share * (0.55 + 0.35 * sure) + (0.1 if proven else 0.0)
    return Suggestion(template, round(min(score, 0.99), 3), tuple(reasons))


def _by_shape(template: Template, profile: SampleProfile, names: Sequence[str]) -> Suggestion | None:
    score, reasons = 0.1, [f"the file is of the format {profile.format.value}"]
    delimiter = profile.dialect.delimiter if profile.dialect else None
    if template.delimiters:
        if delimiter not in template.delimiters:
            return None
        score += 0.1
        reasons.append(f"cells are separated by {delimiter!r}")
    key = next((name for hint in template.columns if hint.key and (name := _find(hint, names))), None)
    if key is not None and profile.keys:
        score += 0.15
        reasons.append(f"*{key}* tells its rows apart")
    if template.headerless is not None:
        if (profile.header is None or profile.header.present) == template.headerless:
            return None
        score += 0.15
        reasons.append("it has no header" if template.headerless else "it has a header")
    return Suggestion(template, min(score, _GENERIC_BEST), tuple(reasons))


def _find(hint: ColumnHint, names: Sequence[str]) -> str | None:
    return next((name for name in names if name in hint.names), None)


def _weight(hint: ColumnHint) -> float:
    return 1.5 if hint.key else 1.0

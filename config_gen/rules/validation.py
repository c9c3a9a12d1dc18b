"""Run all families over a configuration, leave out what is waived, and put the worst first."""

from collections.abc import Sequence
from datetime import date

from pydantic import ValidationError

from config_gen.documents import parse_document, pointer, shape_findings
from config_gen.rules import (
    antipatterns,
    business,
    neighbours,
    optimisation,
    promises,
    promises_kept,
    protection,
    reading,
    settings,
    shape,
    values,
    versions,
)
from config_gen.rules.frame import ERROR, HINT, WARNING, Family, Rule, Subject, drop, findings_of
from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding

FAMILIES: tuple[Family, ...] = (
    shape.family,
    values.family,
    settings.family,
    reading.family,
    business.family,
    promises.family,
    antipatterns.family,
    optimisation.family,
    neighbours.family,
    protection.family,
    versions.family,
    promises_kept.family,
)
COMPATIBILITY = "versions"
"""The family that compares with the version that is true now."""
_RANK = {ERROR: 0, WARNING: 1, HINT: 2}
# What the document is and whom it protects is nobody's to waive.
_NEVER_WAIVED = ("SCH", "SEC", "WAV")


def all_rules() -> tuple[tuple[str, Rule], ...]:
    """Return every rule with the name of its family."""
    return tuple((family.name, rule) for family in FAMILIES for rule in family.rules)


def validate(
    config: FeedConfig,
    others: Sequence[FeedConfig] = (),
    previous: FeedConfig | None = None,
    *,
    today: date | None = None,
    families: Sequence[str] | None = None,
) -> list[Finding]:
    """Return what is wrong or could be better, errors first.

    Args:
        config: What is proposed.
        others: The agreed configurations of all other feeds.
        previous: The agreed configuration of this feed, if there is one.
        today: The day on which waivers must still hold; without it, none is taken for expired.
        families: Names of the families to run; all when left out.
    """
    apart = tuple(other for other in others if other.feed != config.feed)
    subject = Subject(config, apart, previous, today)
    found = [
        finding
        for family in FAMILIES
        if families is None or family.name in families
        for rule in family.rules
        for finding in findings_of(rule, subject)
    ]
    if families is None:
        found += _unknown_waivers(config)
    waived = {waiver.rule for waiver in config.waivers if today is None or waiver.until >= today.isoformat()}
    kept = [
        finding for finding in found if finding.code not in waived or finding.code.startswith(_NEVER_WAIVED)
    ]
    return sorted(kept, key=lambda finding: (_RANK[finding.severity], finding.code, finding.place))


def _unknown_waivers(config: FeedConfig) -> list[Finding]:
    known = {rule.code for _, rule in all_rules()}
    return [
        Finding(
            code="WAV002",
            severity=WARNING,
            place=pointer("waivers", number),
            sentence=f"There is no rule {waiver.rule}, so this waiver waives nothing.",
            fix=drop("Take the waiver away", "waivers", number),
        )
        for number, waiver in enumerate(config.waivers)
        if waiver.rule not in known
    ]


def validate_document(
    content: bytes,
    others: Sequence[FeedConfig] = (),
    previous: FeedConfig | None = None,
    *,
    today: date | None = None,
) -> list[Finding]:
    """Return the findings of YAML bytes, also when they do not have the shape of a configuration.

    Raises:
        BadInput: The bytes are no YAML of our kind.
    """
    document = parse_document(content)
    try:
        config = FeedConfig.model_validate(document)
    except ValidationError as error:
        return shape_findings(error)
    return validate(config, others, previous, today=today)

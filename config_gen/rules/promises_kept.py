"""Compatibility of everything but the columns with the version that is true now: promises stay promises."""

from collections.abc import Iterator

from config_gen.documents import pointer
from config_gen.rules.frame import ERROR, WARNING, Family, Fault, Subject, listed, put
from domain.configuration.feed_columns import PersonalData, Treatment
from domain.configuration.feed_config import Criticality, FeedConfig
from domain.configuration.feed_operation import Classification
from domain.configuration.feed_rules import OnFailure, QualityRule, RuleSeverity

family = Family("versions")
_SEVERITIES = (RuleSeverity.INFO, RuleSeverity.WARNING, RuleSeverity.ERROR)
_BREAKS = ("warn", "hold_unusual", "hold")
_STRICTNESS = (OnFailure.WARN, OnFailure.DROP, OnFailure.QUARANTINE, OnFailure.STOP)
_STRENGTH = (
    Treatment.NONE,
    Treatment.MASK,
    Treatment.HASH,
    Treatment.TOKENIZE,
    Treatment.ENCRYPT,
    Treatment.DROP,
)


@family.rule("VER008", WARNING, "Keys and watermark change only with a plan to load again.")
def _(subject: Subject) -> Iterator[Fault]:
    old, new = subject.previous, subject.config
    if old is None:
        return
    if old.keys.primary and old.keys.primary != new.keys.primary:
        yield Fault(
            "/keys/primary", f"The key was {listed(old.keys.primary)}; the tables have to be loaded again."
        )
    if old.load.merge_on and old.load.merge_on != new.load.merge_on:
        yield Fault(
            "/load/merge_on", "Rows are found by other columns; those that are there would come twice."
        )
    if old.watermark and (new.watermark is None or new.watermark.column != old.watermark.column):
        yield Fault(
            "/watermark", f"The watermark was *{old.watermark.column}*; how far we have read is lost."
        )
    if old.load.mode is not new.load.mode:
        yield Fault(
            "/load/mode", f"Rows were loaded by *{old.load.mode.value}*, now by *{new.load.mode.value}*."
        )


@family.rule("VER009", WARNING, "Tables that are there are not cut differently without moving the rows.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous and subject.previous.partition != subject.config.partition:
        yield Fault("/partition", "The partitions change; the rows that are there have to be written again.")


@family.rule("VER014", WARNING, "Demands on the data do not get softer unnoticed.")
def _(subject: Subject) -> Iterator[Fault]:
    now = {rule.id: rule for rule in subject.config.quality.rules}
    for rule in subject.previous.quality.rules if subject.previous else ():
        there = now.get(rule.id)
        if there is None:
            yield Fault("/quality/rules", f"The rule *{rule.id}* is gone.")
        elif _is_softer(rule, there):
            number = subject.config.quality.rules.index(there)
            yield Fault(
                pointer("quality", "rules", number),
                f"The rule *{rule.id}* became softer.",
                put("Put it back", "quality", "rules", number, value=rule.model_dump(mode="json")),
            )


@family.rule("VER015", WARNING, "Promises to readers are not taken back unnoticed.")
def _(subject: Subject) -> Iterator[Fault]:
    old, new = subject.previous, subject.config
    if old is None:
        return
    ranks = list(Criticality)
    if ranks.index(new.criticality) < ranks.index(old.criticality):
        yield Fault(
            "/criticality", f"The feed was *{old.criticality.value}* and becomes *{new.criticality.value}*."
        )
    later = (new.sla.available_by or "24:00") > (old.sla.available_by or "24:00")
    staler = (new.sla.fresh_within_minutes or 10**9) > (old.sla.fresh_within_minutes or 10**9)
    if later or staler:
        yield Fault("/sla", "Readers find the data later than they were promised.")
    addresses = {channel.address for channel in new.notification.channels}
    lost = [channel.address for channel in old.notification.channels if channel.address not in addresses]
    if lost:
        yield Fault("/notification/channels", f"{listed(lost)} no longer hears about the feed.")


@family.rule("VER016", ERROR, "Protection does not get weaker.")
def _(subject: Subject) -> Iterator[Fault]:
    old, new = subject.previous, subject.config
    if old is None:
        return
    classes = list(Classification)
    if classes.index(new.governance.classification) < classes.index(old.governance.classification):
        yield Fault(
            "/governance/classification",
            f"The data was *{old.governance.classification.value}* and would be open to more people.",
            put("Put it back", "governance", "classification", value=old.governance.classification.value),
        )
    near = list(PersonalData)
    for number, column in enumerate(new.columns):
        before = old.find_column(column.name)
        if before is None:
            continue
        weaker = _STRENGTH.index(column.treatment) < _STRENGTH.index(before.treatment)
        if weaker or near.index(column.personal_data) < near.index(before.personal_data):
            yield Fault(
                pointer("columns", number, "treatment"),
                f"*{column.name}* was protected by *{before.treatment.value}* and would be less so.",
                put("Put it back", "columns", number, "treatment", value=before.treatment.value),
            )


@family.rule("VER017", WARNING, "Tables do not move away from their readers.")
def _(subject: Subject) -> Iterator[Fault]:
    for layer in ("bronze", "silver", "gold"):
        was = getattr(subject.previous.target, layer) if subject.previous else None
        now = getattr(subject.config.target, layer)
        if was and (now is None or (was.database, was.table) != (now.database, now.table)):
            yield Fault(
                pointer("target", layer),
                f"Readers of {was.database}.{was.table} would find nothing new there.",
            )


@family.rule("VER018", WARNING, "Data is not kept for a shorter time unnoticed.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous is None:
        return
    was, now = subject.previous.governance.retention_days, subject.config.governance.retention_days
    if now is not None and (was is None or now < was):
        yield Fault(
            "/governance/retention_days", f"Data was kept {was or 'unlimited'} days and now only {now}."
        )


@family.rule("VER019", WARNING, "Reconciliation does not get softer unnoticed.")
def _(subject: Subject) -> Iterator[Fault]:
    now = {check.id: check for check in subject.config.reconciliation.checks}
    for check in subject.previous.reconciliation.checks if subject.previous else ():
        there = now.get(check.id)
        if there is None or there.tolerance_per_mille > check.tolerance_per_mille:
            yield Fault("/reconciliation/checks", f"The check *{check.id}* is gone or forgives more.")
    if subject.previous and _held_back(subject.config) < _held_back(subject.previous):
        yield Fault("/reconciliation/on_break", "A difference no longer holds back publication as it did.")


@family.rule("VER020", ERROR, "A configuration replaces the one of its own feed.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous and subject.previous.feed != subject.config.feed:
        yield Fault("/feed", f"This would replace *{subject.previous.feed}* by *{subject.config.feed}*.")


def _is_softer(old: QualityRule, new: QualityRule) -> bool:
    return (
        _SEVERITIES.index(new.severity) < _SEVERITIES.index(old.severity)
        or _STRICTNESS.index(new.on_failure) < _STRICTNESS.index(old.on_failure)
        or new.failing_per_mille > old.failing_per_mille
    )


def _held_back(config: FeedConfig) -> int:
    return _BREAKS.index(config.reconciliation.on_break)

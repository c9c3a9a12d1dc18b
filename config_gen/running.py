"""How a feed is run when nobody says otherwise: schedule, promises, tables, messages, protection."""

from collections.abc import Sequence

from config_gen.meanings import SECRETS
from config_gen.template_model import Template
from domain.configuration.feed_columns import Column, PersonalData, Treatment
from domain.configuration.feed_config import Criticality
from domain.configuration.feed_operation import (
    Classification,
    Governance,
    Notification,
    NotificationChannel,
    Schedule,
    ScheduleKind,
    Sla,
    Table,
    Target,
)
from domain.configuration.onboarding import OnboardingAnswers

_KEEP_DAYS = 2557
_ESCALATE_AFTER = {Criticality.HIGH: 30, Criticality.CRITICAL: 15}
"""Minutes; what costs most to miss must not be called about later than anything else."""


def schedule_from(answers: OnboardingAnswers) -> Schedule:
    return Schedule(
        kind=ScheduleKind.CRON if answers.cron else ScheduleKind.ARRIVAL,
        cron=answers.cron,
        time_zone=answers.time_zone,
        expected_by=answers.expected_by if answers.cron else None,
        longest_run_minutes=60,
    )


def sla_from(answers: OnboardingAnswers) -> Sla:
    if answers.criticality not in {Criticality.HIGH, Criticality.CRITICAL}:
        return Sla()
    if answers.expected_by is None:
        return Sla(fresh_within_minutes=1440)
    hour, minute = (int(part) for part in answers.expected_by.split(":"))
    due = min(hour * 60 + minute + 120, 24 * 60 - 1)
    return Sla(available_by=f"{due // 60:02d}:{due % 60:02d}", fresh_within_minutes=1440)


def target_from(answers: OnboardingAnswers) -> Target:
    database = answers.target_database or "landing"
    return Target(
        bronze=Table(database=f"{database}_bronze", table=answers.feed, keep_days=90),
        silver=Table(database=f"{database}_silver", table=answers.feed),
    )


def notification_from(answers: OnboardingAnswers) -> Notification:
    if not answers.channel:
        return Notification()
    channel = NotificationChannel(
        kind="chat", address=answers.channel, events=("late", "failed", "quality", "reconciliation", "drift")
    )
    urgent = answers.criticality in {Criticality.HIGH, Criticality.CRITICAL}
    return Notification(
        channels=(channel,),
        escalate_to=answers.owner_team if urgent else None,
        escalate_after_minutes=_ESCALATE_AFTER.get(answers.criticality),
    )


def governance_from(
    answers: OnboardingAnswers, columns: Sequence[Column], template: Template | None
) -> Governance:
    ranks = list(Classification)
    asked = Classification(answers.classification)
    usual = template.classification if template and template.classification else Classification.PUBLIC
    personal = any(column.personal_data is not PersonalData.NONE for column in columns)
    guarded = any(column.treatment is not Treatment.NONE for column in columns)
    secret = any(column.meaning in SECRETS for column in columns)
    least = Classification.CONFIDENTIAL if personal or guarded else Classification.PUBLIC
    least = Classification.RESTRICTED if secret else least
    regulations = set(template.regulations) if template else set()
    if personal:
        regulations.add("GDPR")
    return Governance(
        classification=max((asked, usual, least), key=ranks.index),
        retention_days=(template.retention_days if template else None) or _KEEP_DAYS,
        regulations=tuple(sorted(regulations)),
    )

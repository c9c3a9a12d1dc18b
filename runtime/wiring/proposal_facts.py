"""A configuration's facts as a proposal shows them."""

from collections.abc import Iterator, Sequence

from config_gen.difference import describe
from config_gen.documents import parse
from domain.configuration.changes import FindingView, Proposal
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_operation import Notification
from domain.configuration.findings import Finding
from domain.configuration.reviews import text_diff
from domain.counting import in_series
from domain.errors import NotNow
from domain.ids import FeedName
from domain.running.feed_facts import EDITION, FeedFacts, HeardAt

_POOL = "pool:"
"""A tag that begins so names the worker pool that loads the feed."""
_MOST_READERS = 3
_TROUBLE = {"late", "failed"}
"""What an alert speaks of."""
_DIFFERENCES = {"reconciliation"}
_QUALITY = {"quality"}
_DRIFT = {"drift"}


def view_of(finding: Finding) -> FindingView:
    """Return a finding as a reviewer reads it."""
    return FindingView(
        code=finding.code,
        severity=finding.severity.value,
        place=finding.place,
        sentence=finding.sentence,
        fix=finding.fix.label if finding.fix else "",
    )


def schedule_of(config: FeedConfig) -> str:
    """Return when the feed is loaded, in a few words."""
    schedule = config.schedule
    return f"{schedule.cron} {schedule.time_zone}" if schedule.cron else "on arrival"


def target_of(config: FeedConfig) -> str:
    """Return the table that people query."""
    newest = config.target.gold or config.target.silver or config.target.bronze
    return f"{newest.database}.{newest.table}"


def path_of(feed: str) -> str:
    """Return where a feed's configuration stands in the repository."""
    return f"feeds/{feed}.yaml"


def facts_of(config: FeedConfig) -> FeedFacts:
    """Return what the watch and the diagnosis go by."""
    schedule, target, told = config.schedule, config.target, config.notification
    tables = [table for table in (target.gold, target.silver, target.bronze) if table is not None]
    pools = [tag.removeprefix(_POOL) for tag in config.tags if tag.startswith(_POOL)]
    expected = ""
    if not schedule.cron and schedule.expected_by:
        hour, minute = schedule.expected_by.split(":")
        expected = f"{int(minute)} {int(hour)} * * * {schedule.time_zone}"
    return FeedFacts(
        source=config.source.system,
        pool=pools[0] if pools else "",
        databases=tuple(dict.fromkeys(table.database for table in tables)),
        upstreams=config.lineage.upstream,
        impact=_impact(config),
        expected=expected,
        grace_minutes=schedule.grace_minutes,
        promised=f"{config.sla.available_by} {schedule.time_zone}" if config.sla.available_by else "",
        columns=tuple((column.source, column.type.value) for column in config.columns),
        heard_at=_heard(told, _TROUBLE),
        differences_at=_heard(told, _DIFFERENCES),
        quality_at=_heard(told, _QUALITY),
        drift_at=_heard(told, _DRIFT),
        escalate_to=told.escalate_to or "",
        escalate_after_minutes=told.escalate_after_minutes,
        runbook=told.runbook or "",
        edition=EDITION,
    )


def _heard(told: Notification, events: set[str]) -> tuple[HeardAt, ...]:
    return tuple(
        HeardAt(kind=one.kind, address=one.address) for one in told.channels if events & set(one.events)
    )


def _impact(config: FeedConfig) -> str:
    """Return who reads the feed, those that cost most to fail first; empty when nobody is named."""
    order = ("regulator", "service", "model", "report", "feed")
    readers = sorted(config.lineage.consumers, key=lambda one: order.index(one.kind))
    named = ", ".join(f"{one.name} ({one.kind})" for one in readers[:_MOST_READERS])
    more = len(readers) - _MOST_READERS
    rest = f" and {more} more" if more > 0 else ""
    return f"{config.criticality.value}, read by {named}{rest}" if named else ""


def _left_without(config: FeedConfig, others: Sequence[FeedConfig]) -> Iterator[str]:
    """Say who reads a feed that is taken away, and which feeds are made from it."""
    if readers := [reader.name for reader in config.lineage.consumers]:
        yield f"leaves its readers without it: {in_series(readers, most=_MOST_READERS)}"
    if made := [one.feed for one in others if config.feed in one.lineage.upstream]:
        yield f"leaves feeds without what they are made from: {in_series(made, most=_MOST_READERS)}"


def for_approvers(made: Proposal) -> Proposal:
    """Return the proposal, blocked by nothing that it means for readers.

    A file came as it is, or a former version comes back: whether readers bear that is for the approvers to
    weigh, and they read it.
    """
    blocks = any(found.severity == "error" and not found.code.startswith("VER") for found in made.findings)
    return made.model_copy(update={"blocks": blocks})


def removal_of(
    feed: FeedName, current: bytes | None, environment: str, others: Sequence[FeedConfig] = ()
) -> Proposal:
    """Return the proposal that takes a feed away; raises `NotNow` where it is configured no more.

    Args:
        others: The other feeds: those that are made from this one are told of.
    """
    if current is None:
        raise NotNow("nothing to take away", say=f"{feed} is configured no more.")
    config = parse(current)
    return Proposal(
        feed=feed,
        yaml="",
        diff=text_diff(current, None, path_of(feed)),
        summary=(*describe(config, None), *_left_without(config, others)),
        base_yaml=current.decode(),
        criticality=config.criticality.value,
        owner=config.owner.team,
        environment=environment,
    )

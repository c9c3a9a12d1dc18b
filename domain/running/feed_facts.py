"""What the watch and the diagnosis know of a feed from its merged configuration."""

from pydantic import BaseModel, ConfigDict

EDITION = 2
"""Counted up whenever a fact is added: entries of an older edition are read anew from what was merged."""


class HeardAt(BaseModel):
    """One place where people hear of a feed, as its configuration spells it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """`chat`, `mail`, `pager` or `webhook`."""
    address: str


class FeedFacts(BaseModel):
    """What a feed runs on, whom it serves and what it looks like; empty where nothing is said.

    Attributes:
        source: The system that makes the data, as readings name it.
        pool: The worker pool that loads it.
        databases: Where it lands, the newest table first.
        upstreams: Systems or feeds that it is made from.
        impact: Who is hit when it is late or wrong, in words.
        expected: When its file is there, as a cron line with zone, where no cron line starts the load.
        grace_minutes: Minutes after which it is late; None leaves the usual ones.
        promised: By when readers find a day's data, local time and zone.
        columns: Names, as the file calls them, and types.
        heard_at: Where people hear that it is late or failed.
        differences_at: Where people hear that its rows differ from the source.
        quality_at: Where people hear that its deliveries got worse.
        drift_at: Where people hear that its deliveries changed their shape.
        escalate_to: Who is called when nobody answers: a team, a person or a role.
        escalate_after_minutes: After how long; None leaves the usual time.
        runbook: Address of what to do.
        edition: Which facts were known when they were read.
    """

    model_config = ConfigDict(frozen=True)

    source: str = ""
    pool: str = ""
    databases: tuple[str, ...] = ()
    upstreams: tuple[str, ...] = ()
    impact: str = ""
    expected: str = ""
    grace_minutes: int | None = None
    promised: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    heard_at: tuple[HeardAt, ...] = ()
    differences_at: tuple[HeardAt, ...] = ()
    quality_at: tuple[HeardAt, ...] = ()
    drift_at: tuple[HeardAt, ...] = ()
    escalate_to: str = ""
    escalate_after_minutes: int | None = None
    runbook: str = ""
    edition: int = 0

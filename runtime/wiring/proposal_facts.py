"""A configuration's facts as a proposal shows them."""

from domain.changes import FindingView
from domain.feed_config import FeedConfig
from domain.findings import Finding


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

"""What the watch and the diagnosis know of a feed from its merged configuration."""

from pydantic import BaseModel, ConfigDict


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
        columns: Names, as the file calls them, and types.
    """

    model_config = ConfigDict(frozen=True)

    source: str = ""
    pool: str = ""
    databases: tuple[str, ...] = ()
    upstreams: tuple[str, ...] = ()
    impact: str = ""
    expected: str = ""
    grace_minutes: int | None = None
    columns: tuple[tuple[str, str], ...] = ()

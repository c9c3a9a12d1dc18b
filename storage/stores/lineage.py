"""From which feeds each feed takes its data, by the data sets that they read and write."""

from sqlalchemy import Connection, exists, select, union

from domain.ids import FeedName
from storage.statements import table_of
from storage.tables.watch import LineageRow, WatchedFeedRow

_DATASETS = table_of(LineageRow)
_FEEDS = table_of(WatchedFeedRow)
_MOST_UPSTREAMS = 20


def upstreams_in(connection: Connection) -> dict[FeedName, tuple[FeedName, ...]]:
    """Return the feeds that write what each feed reads.

    A feed whose reports name no data set that it writes is what others read under its name, unless somebody
    says that they write it.
    """
    reader, writer = _DATASETS.alias(), _DATASETS.alias()
    reads, writes = reader.c.writes.is_(False), writer.c.writes.is_(True)
    is_same = reader.c.dataset == writer.c.dataset
    by_dataset = (
        select(reader.c.feed, writer.c.feed)
        .join_from(reader, writer, is_same & (reader.c.feed != writer.c.feed))
        .where(reads, writes)
    )
    is_written = exists().where(is_same, writes)
    own = _DATASETS.alias()
    # Who says what they write, or reads what is called like them, does not write that.
    is_another = exists().where(
        own.c.feed == _FEEDS.c.name, own.c.writes.is_(True) | (own.c.dataset == _FEEDS.c.name)
    )
    by_name = (
        select(reader.c.feed, _FEEDS.c.name)
        .join_from(reader, _FEEDS, (reader.c.dataset == _FEEDS.c.name) & (reader.c.feed != _FEEDS.c.name))
        .where(reads, ~is_written, ~is_another)
    )
    found: dict[FeedName, list[FeedName]] = {}
    for feed, other in sorted(tuple(row) for row in connection.execute(union(by_dataset, by_name))):
        found.setdefault(FeedName(feed), []).append(FeedName(other))
    return {feed: tuple(others[:_MOST_UPSTREAMS]) for feed, others in found.items()}

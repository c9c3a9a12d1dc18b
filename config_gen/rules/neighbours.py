"""Compatibility with the other feeds: names, tables, files and keys that meet."""

from collections.abc import Iterator

from config_gen.documents import pointer
from config_gen.rules.frame import ERROR, HINT, WARNING, Family, Fault, Subject, drop, listed
from domain.configuration.feed_config import FeedConfig

family = Family("neighbours")


@family.rule("NEI001", WARNING, "No two feeds have almost the same name.")
def _(subject: Subject) -> Iterator[Fault]:
    mine = subject.config.feed.replace("_", "").rstrip("s")
    for other in subject.others:
        if other.feed.replace("_", "").rstrip("s") == mine:
            yield Fault(
                "/feed", f"There is a feed *{other.feed}* already; people will take one for the other."
            )


@family.rule("NEI002", ERROR, "No two feeds write into one table.")
def _(subject: Subject) -> Iterator[Fault]:
    for layer in ("bronze", "silver", "gold"):
        mine = getattr(subject.config.target, layer)
        for other in subject.others:
            theirs = getattr(other.target, layer)
            if mine and theirs and (mine.database, mine.table) == (theirs.database, theirs.table):
                yield Fault(
                    pointer("target", layer, "table"),
                    f"*{other.feed}* writes into {mine.database}.{mine.table} as well.",
                )


@family.rule("NEI003", WARNING, "No two feeds wait for the same files.")
def _(subject: Subject) -> Iterator[Fault]:
    mine = subject.config.source
    for other in subject.others:
        theirs = other.source
        same_place = (mine.system, mine.location, mine.kind) == (theirs.system, theirs.location, theirs.kind)
        if same_place and mine.file_pattern and mine.file_pattern == theirs.file_pattern:
            yield Fault(
                "/source/file_pattern",
                f"*{other.feed}* waits for {mine.file_pattern} of {mine.system} as well.",
            )


@family.rule("NEI004", ERROR, "A foreign key leads to a feed that exists.")
def _(subject: Subject) -> Iterator[Fault]:
    known = {other.feed for other in subject.others} | {subject.config.feed}
    for number, key in enumerate(subject.config.keys.foreign):
        if key.feed not in known:
            yield Fault(
                pointer("keys", "foreign", number, "feed"),
                f"A key leads to *{key.feed}*, which is no feed.",
                drop("Take the foreign key away", "keys", "foreign", number),
            )


@family.rule("NEI005", ERROR, "A foreign key leads to columns that exist, of the same type.")
def _(subject: Subject) -> Iterator[Fault]:
    feeds = {other.feed: other for other in subject.others}
    for number, key in enumerate(subject.config.keys.foreign):
        other = feeds.get(key.feed)
        if other is None:
            continue
        for mine, theirs in zip(key.columns, key.feed_columns, strict=False):
            here, there = subject.config.find_column(mine), other.find_column(theirs)
            place = pointer("keys", "foreign", number, "feed_columns")
            if there is None:
                yield Fault(place, f"A key leads to *{theirs}* of *{key.feed}*, which has no such column.")
            elif here is not None and here.type is not there.type:
                yield Fault(
                    place,
                    f"*{mine}* is {here.type.value}, but *{theirs}* of *{key.feed}* is {there.type.value}.",
                )


@family.rule("NEI006", ERROR, "What other feeds' keys lead to stays there.")
def _(subject: Subject) -> Iterator[Fault]:
    for other in subject.others:
        for key in other.keys.foreign:
            gone = [name for name in key.feed_columns if name not in subject.names]
            if key.feed == subject.config.feed and gone:
                yield Fault(
                    "/columns", f"*{other.feed}* has a key to {listed(gone)}, which this feed does not have."
                )


@family.rule("NEI007", WARNING, "A consumer that is a feed exists.")
def _(subject: Subject) -> Iterator[Fault]:
    if not subject.others:
        return
    known = {other.feed for other in subject.others}
    for number, consumer in enumerate(subject.config.lineage.consumers):
        if consumer.kind == "feed" and consumer.name not in known:
            yield Fault(
                pointer("lineage", "consumers", number, "name"),
                f"The consumer *{consumer.name}* is no feed here.",
            )


@family.rule("NEI008", ERROR, "No feed is made from itself.")
def _(subject: Subject) -> Iterator[Fault]:
    feeds = {other.feed: other for other in subject.others} | {subject.config.feed: subject.config}
    circle = _circle(subject.config.feed, feeds)
    if circle:
        yield Fault("/lineage/upstream", f"The feed is made from itself: {' → '.join(circle)}.")


@family.rule("NEI009", WARNING, "A feed is not loaded before the feed that it is made from.")
def _(subject: Subject) -> Iterator[Fault]:
    feeds = {other.feed: other for other in subject.others}
    mine = subject.config.schedule
    for name in subject.config.lineage.upstream:
        theirs = feeds[name].schedule if name in feeds else None
        if (
            theirs is None
            or not (mine.expected_by and theirs.expected_by)
            or mine.time_zone != theirs.time_zone
        ):
            continue
        if theirs.expected_by > mine.expected_by:
            yield Fault(
                "/schedule/expected_by",
                f"*{name}*, which this is made from, is only expected at {theirs.expected_by}.",
            )


@family.rule("NEI010", HINT, "One column name means one type.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if not column.name.endswith("_id"):
            continue
        for other in subject.others:
            theirs = other.find_column(column.name)
            if theirs is not None and theirs.type is not column.type:
                yield Fault(
                    pointer("columns", number, "type"),
                    f"*{column.name}* is {theirs.type.value} in *{other.feed}*; a join has to convert it.",
                )
                break


@family.rule("NEI011", HINT, "What feeds people by the same words is linked.")
def _(subject: Subject) -> Iterator[Fault]:
    linked = {name for key in subject.config.keys.foreign for name in key.columns}
    for other in subject.others:
        key = other.keys.primary
        if len(key) == 1 and key[0].endswith("_id") and key[0] in subject.names - linked:
            if key[0] in subject.config.keys.primary:
                continue
            yield Fault(
                "/keys/foreign", f"*{key[0]}* is the key of *{other.feed}*; a foreign key would check it."
            )


def _circle(start: str, feeds: dict[str, FeedConfig]) -> list[str]:
    """Return the way from a feed over its upstream feeds back to itself, or nothing."""
    waiting = [[start]]
    seen: set[str] = set()
    while waiting:
        way = waiting.pop()
        feed = feeds.get(way[-1])
        for upstream in feed.lineage.upstream if feed else ():
            if upstream == start:
                return [*way, start]
            if upstream not in seen:
                seen.add(upstream)
                waiting.append([*way, upstream])
    return []

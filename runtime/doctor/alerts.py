"""Whether alerts reach anybody: channels that exist, roles with people, feeds that name what is known."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from domain.configuration.changes import FeedEntry
from domain.counting import counted
from domain.errors import DogwatchError
from domain.identity.people import Person
from domain.ids import TeamId
from domain.telling.postings import Posting
from domain.watch.alert_audience import audience_of
from domain.watch.alert_ladder import named
from domain.watch.alert_policy import AlertPolicy
from runtime.doctor.findings import Finding
from runtime.settings.house import Settings

_NAMED = 5
_LATELY = timedelta(days=2)


def examine_alerts(settings: Settings) -> Finding:
    """Return whether every alert is told to somebody, and what keeps it from that."""
    from runtime.wiring.doors import channel_map
    from runtime.wiring.watch import alert_policy

    channels = set(channel_map(settings))
    try:
        policy = alert_policy(settings)
        people, feeds, refused = _known(settings)
    except DogwatchError as error:
        return Finding("alerts", False, error.sentence())
    wrong = [
        *_of_settings(policy, channels, people),
        *_of_chats(refused),
        *_of_feeds(policy, channels, people, feeds),
    ]
    if wrong:
        more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        return Finding("alerts", False, "; ".join(wrong[:_NAMED]) + more)
    ways = ", ".join(sorted(way.value for way in policy.ways)) or "the chats alone"
    return Finding(
        "alerts", True, f"to {policy.channel}, {counted(len(policy.steps), 'step')} of calls by {ways}"
    )


def _known(settings: Settings) -> tuple[Sequence[Person], Sequence[FeedEntry], Sequence[Posting]]:
    """Return people, feeds and what chats refused of late; nothing before the first start."""
    if not (settings.data_dir / "keys").exists():
        return (), (), ()
    from runtime.wiring.stores import open_stores

    stores = open_stores(settings)
    try:
        with stores.transactions.reading() as uow:
            refused = uow.posting_lookup.refused_since(stores.clock.now() - _LATELY)
            return uow.people.everybody(), uow.feeds.every(), refused
    finally:
        stores.database.close()


def _of_settings(policy: AlertPolicy, channels: set[str], people: Sequence[Person]) -> Iterator[str]:
    said = {"watch.channel": policy.channel}
    said |= {f"watch.team_channels of {team}": name for team, name in policy.team_channels.items()}
    for setting, channel in said.items():
        if channel not in channels:
            yield f"{setting} names {channel}, which no chat has"
    if not people:
        return
    for step in policy.steps:
        if not any(step.role in one.roles and one.is_active for one in people):
            yield f"watch.call_roles names {step.role.value}, a role that nobody has"


def _of_chats(refused: Sequence[Posting]) -> Iterator[str]:
    places = Counter((one.place.platform.value, one.place.channel) for one in refused)
    for (platform, channel), count in places.items():
        yield (
            f"{platform} refused {counted(count, 'message')} for {channel} in the last two days;"
            " invite the app there, or name another channel"
        )


def _of_feeds(
    policy: AlertPolicy, channels: set[str], people: Sequence[Person], feeds: Sequence[FeedEntry]
) -> Iterator[str]:
    for feed in feeds:
        for amiss in audience_of(feed.facts, TeamId(feed.owner), policy, channels, people).amiss:
            yield f"{feed.name}: {amiss}"
        if feed.facts.escalate_to and named(feed.facts.escalate_to, people) is None:
            yield f"{feed.name}: {feed.facts.escalate_to} is no person, team or role"

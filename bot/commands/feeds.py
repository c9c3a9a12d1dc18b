"""What is configured: the list of feeds, one feed, its configuration, its history."""

from bot.bare_names import bare_name
from bot.cards.model import Action, ActionStyle, Card, Fact, Reply, Section, Table
from bot.cards.text import md, quote
from bot.commands.unknown_feeds import unknown_feed
from bot.presenters.first_steps import nothing_yet
from bot.turn import Turn
from domain.approval.approvals import Say
from domain.clock.wall_clock import moment_in
from domain.configuration.changes import ChangeState, FeedEntry
from domain.counting import counted
from domain.errors import NotFound
from domain.identity.access import Act
from domain.ids import FeedName, feed_name

_LISTED = 40
_LONGEST_NAME = 4
_VERSIONS, _CHANGES = 15, 60


def list_feeds(turn: Turn) -> Reply:
    """Say which feeds are configured."""
    turn.require(Act.SEE_FEEDS)
    feeds = turn.uow.feeds.every()
    if not feeds:
        turn.say(nothing_yet(turn.uow, "Feeds"))
        return Reply()
    rows = tuple(
        (f"**{quote(f.name)}**", quote(f.owner), quote(f.criticality), quote(f.schedule), str(f.columns))
        for f in feeds[:_LISTED]
    )
    more = f" The first {_LISTED} are shown." if len(feeds) > _LISTED else ""
    turn.say(
        Card(
            title=counted(len(feeds), "feed"),
            lead=f"Configured and merged.{more}",
            table=Table(columns=("Feed", "Owner", "Criticality", "Schedule", "Columns"), rows=rows),
            plain="Feeds: " + ", ".join(f.name for f in feeds[:_LISTED]) + more,
        )
    )
    return Reply()


def show_feed(turn: Turn) -> Reply:
    """Say what is known about one feed."""
    turn.require(Act.SEE_FEEDS)
    feed = named_feed(turn)
    turn.say(
        Card(
            title=feed.name,
            lead=md("**{name}** belongs to {owner}.", name=feed.name, owner=feed.owner or "nobody yet")
            + " No run of it was reported to me yet; from the first one on I say how it is.",
            facts=(
                Fact(label="Criticality", value=quote(feed.criticality)),
                Fact(label="Schedule", value=quote(feed.schedule or "on arrival")),
                Fact(label="Target", value=quote(feed.target)),
                Fact(label="Columns", value=str(feed.columns)),
                Fact(label="Configuration", value=md("`{sha}`", sha=feed.commit[:10])),
            ),
            actions=(
                Action(verb="feed.config", label="Configuration", arguments={"feed": feed.name}),
                Action(verb="feed.history", label="History", arguments={"feed": feed.name}),
                Action(verb="feed.diff", label="Last change", arguments={"feed": feed.name}),
                Action(verb="change.edit", label="Edit", subject=f"feed/{feed.name}"),
                Action(
                    verb="feed.revert",
                    label="Revert the last change",
                    arguments={"feed": feed.name, "commit": feed.commit},
                    style=ActionStyle.DANGER,
                    confirm=f"Ask the approvers to bring back the former configuration of {feed.name}?",
                ),
            ),
            plain=f"{feed.name}, owner {feed.owner}, {feed.criticality}, {counted(feed.columns, 'column')}",
        )
    )
    return Reply()


def show_config(turn: Turn) -> Reply:
    """Show the agreed configuration as it is in the repository."""
    turn.require(Act.SEE_FEEDS)
    feed = named_feed(turn)
    content = turn.tools.shelf.read_feed(FeedName(feed.name))
    text = content.decode() if content else "no configuration is agreed any more"
    turn.say(
        Card(
            title=f"Configuration of {feed.name}",
            sections=(Section(text=text, is_code=True),),
            footer=md("commit `{sha}`", sha=feed.commit[:10]),
            plain=text,
        )
    )
    return Reply()


def show_history(turn: Turn) -> Reply:
    """Say who changed the configuration when, and who agreed."""
    turn.require(Act.SEE_FEEDS)
    feed = named_feed(turn)
    versions = turn.tools.shelf.history(FeedName(feed.name), _VERSIONS)
    agreed = _who_agreed(turn, feed.name)
    rows = tuple(
        (
            moment_in("UTC", v.at, turn.now),
            quote(v.subject),
            quote(v.author),
            quote(agreed.get(v.sha, "not decided here")),
            f"`{v.sha[:10]}`",
        )
        for v in versions
    )
    said = (
        f"{v.at:%Y-%m-%d} {v.subject} ({v.author}; approved by: {agreed.get(v.sha, 'not decided here')})"
        for v in versions
    )
    turn.say(
        Card(
            title=f"History of {feed.name}",
            table=Table(columns=("When", "What", "Who", "Approved by", "Commit"), rows=rows),
            plain="\n".join(said) or "no history",
        )
    )
    return Reply()


def _who_agreed(turn: Turn, feed: str) -> dict[str, str]:
    """Return who said yes to each merged commit, by its hash."""
    people = {person.id: person.name for person in turn.uow.people.everybody()}
    found = {}
    for change in turn.uow.changes.of_feed(feed, _CHANGES):
        if change.state is ChangeState.MERGED and change.approval is not None:
            said = turn.uow.approvals.decisions(change.approval)
            names = [people.get(one.person, one.person) for one in said if one.say is Say.YES]
            found[change.head_sha] = ", ".join(names) or "nobody had to"
    return found


def agreed_yaml(turn: Turn, feed: str) -> str:
    """Return the agreed configuration; raises `NotFound` when there is none any more."""
    content = turn.tools.shelf.read_feed(feed_name(feed))
    if content is None:
        raise NotFound(f"{feed} is not agreed", say=f"{feed} has no configuration any more.")
    return content.decode()


def named_feed(turn: Turn) -> FeedEntry:
    """Return the configured feed that was named; raises `NotFound` with names that come near."""
    named = turn.arguments.get("feed")
    words = (named,) if named else turn.words
    for length in range(1, min(len(words), _LONGEST_NAME) + 1):
        # People also write `config fx-trades` and `feed fx trades`.
        known = turn.uow.feeds.find(bare_name("_".join(words[:length]).replace("-", "_")))
        if known is not None:
            return known
    name = words[0] if words else ""
    raise unknown_feed(turn, feed_name(bare_name(name)) if name else "")

"""The verbs and buttons around feed configurations."""

from bot.cards.model import Reply
from bot.commands import answers, feeds, guide, proposals, revert
from bot.intents import Area, Verb
from bot.turn import Turn


def _config(turn: Turn) -> Reply:
    asked = turn.words[1].lower() if len(turn.words) > 1 else ""
    if asked == "history":
        return feeds.show_history(turn)
    if asked == "revert":
        return revert.revert(turn)
    return feeds.show_config(turn)


def _drop(turn: Turn) -> Reply:
    return guide.not_understood(turn, [("drop a file", "a sample of the feed, right here in the chat")])


AREA = Area(
    verbs=(
        Verb(("onboard", "new feed"), "onboard", "drop a sample file and get a feed configuration", _drop),
        Verb(("feeds", "list feeds"), "feeds", "the feeds that are configured", feeds.list_feeds),
        Verb(("feed",), "feed NAME", "one feed: owner, schedule, target", feeds.show_feed),
        Verb(("config",), "config NAME [history|revert]", "the agreed configuration of a feed", _config),
        Verb(("revert",), "revert NAME", "bring back a feed's former configuration", revert.revert),
    ),
    buttons={
        "answers.open": answers.open_questions,
        "answers.submit": answers.take_answers,
        "change.everything": proposals.show_everything,
        "change.fix": proposals.mend,
        "change.withdraw": proposals.withdraw,
        "feed.show": feeds.show_feed,
        "feed.config": feeds.show_config,
        "feed.history": feeds.show_history,
        "feed.revert": revert.revert,
    },
)

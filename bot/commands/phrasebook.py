"""The registry: every verb and every button of the house."""

from bot.cards.model import Reply
from bot.commands import answers, decide, feeds, guide, people, proposals, revert, waiting
from bot.intents import Command, Phrasebook, Verb
from bot.turn import Turn


def phrasebook() -> Phrasebook:
    """Return all verbs and buttons."""

    def help_(turn: Turn) -> Reply:
        turn.say(guide.help_card(book.usages()))
        return Reply()

    def config(turn: Turn) -> Reply:
        asked = turn.words[1].lower() if len(turn.words) > 1 else ""
        if asked == "history":
            return feeds.show_history(turn)
        if asked == "revert":
            return revert.revert(turn)
        return feeds.show_config(turn)

    def drop(turn: Turn) -> Reply:
        return guide.not_understood(turn, [("drop a file", "a sample of the feed, right here in the chat")])

    verbs = [
        Verb(("help", "hello", "hi"), "help", "everything I can do", help_),
        Verb(("onboard", "new feed"), "onboard", "drop a sample file and get a feed configuration", drop),
        Verb(("feeds", "list feeds"), "feeds", "the feeds that are configured", feeds.list_feeds),
        Verb(("feed",), "feed NAME", "one feed: owner, schedule, target", feeds.show_feed),
        Verb(("config",), "config NAME [history|revert]", "the agreed configuration of a feed", config),
        Verb(("revert",), "revert NAME", "bring back a feed's former configuration", revert.revert),
        Verb(
            ("waiting", "approvals", "inbox"),
            "waiting",
            "what waits for you and what you wait for",
            waiting.list_waiting,
        ),
        Verb(("whoami", "who am i"), "whoami", "who you are to me and what you may do", people.who_am_i),
        Verb(("link",), "link [CODE]", "make a second account the same person", people.link),
    ]
    buttons: dict[str, Command] = {
        "answers.open": answers.open_questions,
        "answers.submit": answers.take_answers,
        "change.everything": proposals.show_everything,
        "change.fix": proposals.mend,
        "change.withdraw": proposals.withdraw,
        "approval.approve": decide.approve,
        "approval.reject": decide.ask_reason,
        "approval.reject_because": decide.reject,
        "feed.show": feeds.show_feed,
        "feed.config": feeds.show_config,
        "feed.history": feeds.show_history,
        "feed.revert": revert.revert,
    }
    book = Phrasebook(verbs, buttons)
    return book

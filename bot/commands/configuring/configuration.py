"""The verbs and buttons around feed configurations."""

from bot.cards.model import Reply
from bot.commands import feeds
from bot.commands.configuring import (
    answers,
    change_again,
    config_edits,
    config_library,
    corrections,
    drifted,
    proposals,
    revert,
)
from bot.intents import Area, Command, Verb
from bot.presenters.sentences import sentence
from bot.turn import Turn


def _config(turn: Turn) -> Reply:
    asked = turn.words[1].lower() if len(turn.words) > 1 else ""
    if asked == "history":
        return feeds.show_history(turn)
    if asked == "revert":
        return revert.revert(turn)
    found = _ABOUT.get(asked)
    return found(turn) if found else feeds.show_config(turn)


_ABOUT: dict[str, Command] = {
    "diff": config_library.show_difference,
    "edit": config_edits.offer_editor,
    "export": config_library.export,
    "columns": config_library.show_evidence,
}


def _drop(turn: Turn) -> Reply:
    text = "Drop a sample file of it into this chat, or up to ten of the same feed in one message. I read its"
    text += " format, key and columns, and ask only what the file can't say."
    turn.say(sentence("A new feed", text))
    return Reply()


AREA = Area(
    verbs=(
        Verb(
            ("onboard", "new feed"),
            "onboard",
            "drop a sample file and get a feed configuration",
            _drop,
            is_harmless=True,
        ),
        Verb(
            ("config",),
            "config NAME [diff|history|edit|columns|export|revert]",
            "the agreed configuration of a feed, what changed in it, and more",
            _config,
        ),
        Verb(
            ("config search",),
            "config search WORD",
            "where a word stands in the configurations",
            config_library.search_words,
            is_harmless=True,
        ),
        Verb(("revert",), "revert NAME", "bring back a feed's former configuration", revert.revert),
        Verb(
            ("retire", "retire feed", "delete feed", "remove feed"),
            "retire NAME",
            "take a feed away: once that is approved, it is watched no more",
            revert.retire,
        ),
    ),
    in_thread=corrections.heard,
    buttons={
        "answers.open": answers.open_questions,
        "answers.submit": answers.take_answers,
        "change.everything": proposals.show_everything,
        "change.fix": proposals.mend,
        "change.adopt": drifted.adopt,
        "change.other": drifted.another_feed,
        "change.columns": drifted.show_columns,
        "change.edit": config_edits.show_editor,
        "change.preview": config_edits.show_preview,
        "change.suggestions": config_edits.show_suggestions,
        "change.side": config_edits.decide_conflict,
        "suggestion.toggle": config_edits.toggle_suggestion,
        "edit.open": config_edits.open_piece,
        "edit.submit": config_edits.take_piece,
        "change.withdraw": proposals.withdraw,
        "change.again": change_again.again,
        "feed.config": feeds.show_config,
        "feed.history": feeds.show_history,
        "feed.diff": config_library.show_difference,
        "feed.revert": revert.revert,
    },
)

"""What one can ask: all of it or a subject of it on `help`, what comes near when I did not understand."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence

from bot.cards.model import Card, Link, Reply, Section
from bot.cards.text import md
from bot.intents import IN_INCIDENT
from bot.turn import Turn

Usages = Mapping[str, Sequence[tuple[str, str]]]
"""What one can say and what it is for, by the headings of help."""

SUBJECTS = {
    "Configurations": (
        "configuration configurations onboarding file files sample samples column columns schema",
        "Drop a sample file into the chat, press **Answer**, and the approvers get a card. Or say:",
    ),
    "Causes and incidents": (
        "cause causes incident incidents outage diagnosis root rca evidence telemetry severity",
        "Ask `why is NAME slow?`, or say what is wrong: `incident orders are late`.",
    ),
    "Ways out": (
        "remediation remediate plan plans run runs runbook runbooks fixing repair restart",
        "Say `fix NAME`: I offer ways out with their risk. Nothing runs until it was approved.",
    ),
    "Feeds under watch": (
        "feed feeds alert alerts watch watching forecast forecasts prediction predictions quality dashboard",
        "Ask in plain words, such as `which feeds are late?` or `is fx_trades late?`. Or say:",
    ),
    "Questions and the library": (
        "library knowledge kb article articles question questions document documents search",
        "Ask as you would ask a person: `how do I drain a node?`. Or say:",
    ),
    "You": (
        "me account accounts role roles approval approvals approve approver approvers linking notifications",
        "What needs a yes stands as a card with **Approve** and **Reject** in the approvers' channel.",
    ),
}
"""For each heading of help the words that people call it by, and what to begin with there."""
_FILLING = frozenset(
    re.findall(r"\w+", "a about and command commands for help how in me my of on please pls the to us with")
)
_OF_SENTENCES = frozenset({"it", "not", "what"})
"""With these commands begin, and no subject is meant."""
_NEAR = 0.82
_MOST_WORDS = 4
"""Who says more than these few words after *help* tells of a trouble, and names no subject."""
_SHORT = 3
"""Letters of a word that is too short to be a slip of another one."""
_TO_BEGIN = (
    ("feeds", "how all feeds are"),
    ("waiting", "what waits for you"),
    ("onboard", "drop a sample file of a new feed"),
)
_ABROAD = re.compile(r"[^\W\d_a-zA-Z\u00c0-\u024f]")


def help_card(usages: Usages, asked: Sequence[str] = ()) -> Card:
    """Return what can be said about the subject that was asked for; without one, every command."""
    words = _subject_words(asked)
    heading = heading_about(usages, words)
    if heading is not None:
        return _about(heading, usages[heading])
    lead = (
        "Drop a sample file, or say one of these. To begin: `feeds`, `what will break`, or a question"
        " such as `how do I drain a node?` `help incidents` tells of one subject alone."
    )
    if words and len(words) <= _MOST_WORDS:
        lead = md("I have no help on *{asked}* alone. ", asked=" ".join(words)[:60]) + lead
    sections = [Section(heading=heading, text=_lines(some)) for heading, some in _by_place(usages)]
    return Card(
        title="What I can do",
        lead=lead,
        sections=tuple(sections),
        links=(
            Link(label="Dashboard", target="/dashboard/"),
            Link(label="For programs: the REST interface", target="/api/v1/docs"),
        ),
        plain="\n".join(f"{usage}: {purpose}" for some in usages.values() for usage, purpose in some),
    )


def heading_about(usages: Usages, words: Sequence[str]) -> str | None:
    """Return the heading of help that a few words call by a subject or a command, or nearly so."""
    if not words or len(words) > _MOST_WORDS:
        return None
    known = _known_words(usages)
    for word in words:
        if word in known:
            return known[word]
    is_name = len(words) == 1 and len(words[0]) > _SHORT
    near = difflib.get_close_matches(words[0], known, n=1, cutoff=_NEAR) if is_name else []
    return known[near[0]] if near else None


def _known_words(usages: Usages) -> dict[str, str]:
    """Return the heading of each subject and of each command's first word; a subject goes first."""
    commands = {
        usage.split()[0].lower(): heading
        for heading, some in reversed(list(usages.items()))
        for usage, _ in some
    }
    subjects = {word: heading for heading, (names, _) in SUBJECTS.items() for word in names.split()}
    both = {**commands, **subjects}
    return {word: heading for word, heading in both.items() if word not in _FILLING | _OF_SENTENCES}


def _subject_words(asked: Sequence[str]) -> list[str]:
    words = [word.strip("*`'\"?!.,:;()").lower() for word in asked]
    return [word for word in words if word and word not in _FILLING]


def _about(heading: str, some: Sequence[tuple[str, str]]) -> Card:
    lead = SUBJECTS[heading][1] if heading in SUBJECTS else ""
    sections = [
        Section(heading="" if at == heading else at, text=_lines(lines))
        for at, lines in _by_place({heading: some})
    ]
    return Card(
        title=f"Help: {heading[:1].lower()}{heading[1:]}",
        lead=lead,
        sections=tuple(sections),
        footer="`help` shows everything.",
        plain="\n".join(f"{usage}: {purpose}" for usage, purpose in some),
    )


def _by_place(usages: Usages) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Return headings with what can be said anywhere, and below each what counts in one place only."""
    for heading, some in usages.items():
        yield heading, [one for one in some if not one[1].startswith(IN_INCIDENT)]
        inside = [(usage, said) for usage, told in some if (said := told.removeprefix(IN_INCIDENT)) != told]
        if inside:
            yield "In an incident's thread", inside


def not_understood(turn: Turn, likely: Sequence[tuple[str, str]]) -> Reply:
    """Offer the few commands that come near, or where to begin; not an essay."""
    ask = "You can also ask about a feed by its name, such as `is fx_trades late?`, or say `help`."
    lead = f"Did you mean one of these? {ask}" if likely else f"Nothing that I can do comes near it. {ask}"
    if _ABROAD.search(turn.incoming.text):
        lead += " I understand English, and everyday German and French."
    usages = "; ".join(usage for usage, _ in likely)
    near = f"Did you mean: {usages}" if likely else "Say help for all I can do."
    turn.say(
        Card(
            title="I did not understand that",
            lead=lead,
            sections=(Section(text=_lines(likely or _TO_BEGIN)),),
            plain=f"I did not understand that. {near}",
        )
    )
    return Reply()


def _lines(usages: Sequence[tuple[str, str]]) -> str:
    return "\n".join(md("`{usage}` {purpose}", usage=usage, purpose=purpose) for usage, purpose in usages)

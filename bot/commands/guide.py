"""What one can ask: all of it on `help`, the three likeliest when I did not understand."""

from collections.abc import Iterator, Mapping, Sequence

from bot.cards.model import Card, Link, Reply, Section
from bot.cards.text import md
from bot.intents import IN_INCIDENT
from bot.turn import Turn


def help_card(usages: Mapping[str, Sequence[tuple[str, str]]]) -> Card:
    """Return every command with what it is for, under headings, and where to begin."""
    sections = [Section(heading=heading, text=_lines(some)) for heading, some in _by_place(usages)]
    return Card(
        title="What I can do",
        lead="Drop a sample file, or say one of these. To begin: `feeds`, `what will break`, or a question"
        " such as `how do I drain a node?`",
        sections=tuple(sections),
        links=(
            Link(label="Dashboard", target="/dashboard/"),
            Link(label="For programs: the REST interface", target="/api/v1/docs"),
        ),
        plain="\n".join(f"{usage}: {purpose}" for some in usages.values() for usage, purpose in some),
    )


def _by_place(
    usages: Mapping[str, Sequence[tuple[str, str]]],
) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Return headings with what can be said anywhere, and below each what counts in one place only."""
    for heading, some in usages.items():
        yield heading, [one for one in some if not one[1].startswith(IN_INCIDENT)]
        inside = [(usage, said) for usage, told in some if (said := told.removeprefix(IN_INCIDENT)) != told]
        if inside:
            yield "In an incident's thread", inside


def not_understood(turn: Turn, likely: Sequence[tuple[str, str]]) -> Reply:
    """Offer the three most likely commands, not an essay."""
    turn.say(
        Card(
            title="I did not understand that",
            lead="Did you mean one of these? You can also ask about a feed by its name, such as"
            " `is fx_trades late?`, or say `help`.",
            sections=(Section(text=_lines(likely)),),
            plain="I did not understand that. Did you mean: " + "; ".join(usage for usage, _ in likely),
        )
    )
    return Reply()


def _lines(usages: Sequence[tuple[str, str]]) -> str:
    return "\n".join(md("`{usage}` {purpose}", usage=usage, purpose=purpose) for usage, purpose in usages)

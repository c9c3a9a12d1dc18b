"""Hear what people say beside a sample or in its thread: of its key and columns, and of the feed itself.

Of other talk nothing is taken. What speaks of a column and is not understood is said back, because whoever
wrote it waits for it.
"""

import re
from collections.abc import Mapping, Sequence

from config_gen.correction_words import Said, find_named, read_sentence, sentences_of, topic_of
from config_gen.corrections import Refused, borne_out, quoted
from config_gen.questions import ON_ARRIVAL
from config_gen.setting_words import read_setting
from domain.configuration.corrections import Correction, CorrectionKind, Heard, of_columns
from domain.configuration.feed_columns import Column
from domain.configuration.feed_source import Format
from domain.configuration.profiles import SampleProfile

TAKES = (
    "In this thread I take `key is A and B`, `A is day first` (or month first, or `DD.MM.YYYY`),"
    " `A is in cents`, `A is in EUR`, `A is text` (or a number, a date …), `A may be empty`,"
    " `A is never empty`, `rename A to b` and `A is not personal`, and of the feed `daily at 06:30`,"
    " `owner team-fx` and `criticality high`. Everything else is under **Answer**, and under **Edit** once"
    " it is built."
)
_WORDS = 2
_AND = re.compile(r",| and | und | but | aber ", re.IGNORECASE)
_AN_ORDER = re.compile(
    r"(?:make|set|mask|unmask|do not|don't|never)\b|.*(?:->|=>|→)|.*\bmasked$", re.IGNORECASE
)
_VERB = re.compile(r"\b(?:is|are|ist|sind|may|should|must|darf)\b", re.IGNORECASE)
_SAYS_OF_FEED = {
    CorrectionKind.OWNER: "The feed belongs to {value}.",
    CorrectionKind.SCHEDULE: "It is loaded {value}.",
    CorrectionKind.CRITICALITY: "Its criticality is {value}.",
    CorrectionKind.CLASSIFICATION: "It is {value}.",
}


def hear(
    text: str, columns: Sequence[Column], profile: SampleProfile, feed_format: Format, cron: str = ""
) -> Heard:
    """Return what a message says about a sample or its feed; nothing where it speaks of something else.

    Args:
        text: The message.
        columns: The columns as they would be, or are, configured.
        profile: The sample.
        feed_format: Where the words for no value stand that hold for all columns.
        cron: How the feed is loaded now, empty where that is not agreed yet.
    """
    known = {column.source: column.name for column in columns}
    taken: list[Correction] = []
    missed: list[str] = []
    is_about = False
    for sentence in sentences_of(text):
        topic = topic_of(sentence)
        is_about = is_about or topic == "key" or bool(topic and find_named(topic, known))
        parts = _understood(sentence, known, cron)
        if not parts:
            missed.append(sentence)
        for said in parts:
            if isinstance(said, Correction):
                taken.append(said)
                continue
            try:
                taken.append(borne_out(said, columns, profile, feed_format))
            except Refused as refusal:
                named = any(find_named(name, known) for name in said.names)
                if said.kind is CorrectionKind.KEY:  # the key to the server room has more words than a column
                    named = named or all(len(name.split()) <= _WORDS for name in said.names)
                    is_about = is_about and named
                return Heard(objection=refusal.sentence(), is_about_columns=named or is_about)
    if missed and (is_about or of_columns(taken)):
        return Heard(objection=f"I can't take “{quoted(missed[0], 80)}”. {TAKES}", is_about_columns=True)
    return Heard(corrections=tuple(taken), is_about_columns=bool(taken))


def _understood(sentence: str, known: Mapping[str, str], cron: str) -> list[Said | Correction]:
    """Return what a sentence says, or each of its parts between commas; nothing where one is not understood.

    A list of columns has commas, too, so what is said of the feed is taken out of it first.
    """
    if (whole := _of_feed(sentence, known, cron)) is not None:
        return [whole]
    parts = [part for part in map(str.strip, sentence.split(",")) if part]
    of_feed = [found for part in parts if (found := _of_feed(part, known, cron))]
    rest = [part for part in parts if _of_feed(part, known, cron) is None]
    for others in ([", ".join(rest)] if rest else [], rest):
        read = [one for part in others if (one := _of_columns(part, known)) is not None]
        if len(read) == len(others):
            return [*read, *of_feed]
    return _joined(sentence, known, cron)


def _of_columns(text: str, known: Mapping[str, str]) -> Said | None:
    """Return what a part says; *mask the problem*, or a key with a verb in it, has to name columns."""
    said = read_sentence(text)
    if said is None:
        return None
    strangers = [name for name in said.names if not find_named(name, known)]
    if strangers and (_AN_ORDER.match(text) or any(_VERB.search(name) for name in strangers)):
        return None
    return said


def _joined(sentence: str, known: Mapping[str, str], cron: str) -> list[Said | Correction]:
    """Return what the parts between *and* say, where each of them is understood and speaks of a column.

    A part without a verb belongs to the one before it, or begins the one behind: `a and b is the key`.
    """
    groups: list[str] = []
    begun = ""
    for part in filter(None, map(str.strip, _AND.split(sentence))):
        topic = topic_of(part)
        if topic == "key" or (topic and find_named(topic, known)) or _of_feed(part, known, cron):
            groups.append(f"{begun}{part}")
            begun = ""
        elif groups:
            groups[-1] += f" and {part}"
        else:
            begun += f"{part} and "
    if begun or len(groups) < 2:
        return []
    found = [_of_feed(group, known, cron) or _of_columns(group, known) for group in groups]
    return [one for one in found if one is not None] if None not in found else []


def _of_feed(sentence: str, known: Mapping[str, str], cron: str) -> Correction | None:
    """Return what a sentence says of the feed itself; a column that is called `owner`, or `daily`, is one."""
    said = read_setting(sentence, cron)
    topic = topic_of(sentence)
    if said is None or find_named(sentence, known) or (topic and find_named(topic, known)):
        return None
    kind, value = said
    shown = f"`{value}`" if kind is CorrectionKind.SCHEDULE and value != ON_ARRIVAL else f"**{value}**"
    return Correction(kind=kind, value=value, say=_SAYS_OF_FEED[kind].format(value=shown))

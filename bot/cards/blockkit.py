"""Draw a card as Slack blocks: a message, or a page of the App Home."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.cards.blockkit_inputs import action_rows, input_block
from bot.cards.exact import flat, line, runs, shown
from bot.cards.ink import Ink, Json, called_in, card_hash
from bot.cards.limits import SLACK
from bot.cards.model import Card, Fact, Section
from bot.cards.mrkdwn import code_object, escaped, escaped_width, link, plain_text, text_object
from bot.cards.shorten import clip, clip_runs, pages, utf16
from bot.cards.tables import table_lines
from bot.cards.text import Span, Style
from bot.cards.words import NO_TITLE, TONE_WORDS, cut_note, progress_words

_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_MARKS = 8
"""Room for the fence of a code block."""
ROOM = SLACK.message_text - 1_000
"""For texts; what else counts in a message is not published."""
LITTLE_ROOM = 5_000
"""Where a message was too long for Slack all the same."""
_PER_BLOCK = 20
_LONGEST_VALUE = 600
"""Of one fact: more is an essay in a column half as wide as the window."""


@dataclass(frozen=True)
class SlackMessage:
    """Arguments of a post: the blocks, and the words for notifications and screen readers."""

    blocks: list[Json]
    text: str
    is_shown_whole: bool


@dataclass
class _Page:
    """Blocks so far, and what is left of the limits."""

    room_blocks: int
    room_text: int
    now: datetime | None
    blocks: list[Json] = field(default_factory=list)
    was_cut: bool = False

    def add(self, block: Json) -> None:
        """Append a block whose text was taken already."""
        self.blocks.append(block)
        self.room_blocks -= 1
        self.room_text -= _PER_BLOCK

    def take(self, spans: Sequence[Span], limit: int) -> list[Span]:
        """Return what fits of the runs, and count it."""
        # Every styled run may cost two marks more.
        limit = min(limit, self.room_text) - 2 * len(spans)
        kept, was_cut = clip_runs(spans, max(limit, 0), escaped_width)
        self.room_text -= sum(escaped_width(run.text) + 2 for run in kept)
        self.was_cut = self.was_cut or was_cut
        return kept

    def text(self, kept: Sequence[Span], limit: int) -> Json:
        """Return runs that were taken as a text object, with own times where there is room for them."""
        drawn = text_object(kept, limit, self.now)
        if "<!date" not in drawn["text"]:
            return drawn
        plain = text_object(kept, limit)
        more = utf16(drawn["text"]) - utf16(plain["text"])
        if more > self.room_text:
            return plain
        self.room_text -= more
        return drawn


def render_message(card: Card, ink: Ink, *, has_pictures: bool = True, room: int = ROOM) -> SlackMessage:
    """Return the card as a message within every limit of Slack's, with every action present.

    Args:
        has_pictures: False where Slack can't fetch our pictures; then their words stand there.
        room: Characters for texts.
    """
    blocks, whole = _card_blocks(card, ink, SLACK.message_blocks, has_pictures=has_pictures, room=room)
    words, _ = clip(escaped(shown(card.plain)), min(SLACK.notification, room))
    words, _ = clip(words, min(SLACK.notification_bytes, room), _bytes_of)
    # A cut must not leave half an entity, which would read as its characters.
    head, amp, tail = words.rpartition("&")
    return SlackMessage(blocks, words if ";" in tail or not amp else f"{head}…", whole)


def _bytes_of(text: str) -> int:
    return len(text.encode(errors="replace"))


def render_home(cards: Sequence[Card], ink: Ink) -> Json:
    """Return the App Home with these cards, most urgent first; what does not fit is counted at the end."""
    blocks: list[Json] = []
    for at, card in enumerate(cards):
        drawn, _ = _card_blocks(card, ink, SLACK.message_blocks, prefix=f"{at}-")
        if len(blocks) + len(drawn) + 2 > SLACK.view_blocks:
            words = f"… and {len(cards) - at} more. Ask me with /dogwatch."
            blocks.append({"type": "section", "text": plain_text(words, SLACK.section)})
            break
        blocks += [{"type": "divider"}, *drawn] if blocks else drawn
    return {"type": "home", "blocks": blocks}


def _card_blocks(
    card: Card, ink: Ink, most: int, prefix: str = "", *, has_pictures: bool = True, room: int = ROOM
) -> tuple[list[Json], bool]:
    """Return the blocks, and whether all is there; own times give way to other words."""
    for drawn_with in (ink, replace(ink, now=None)):
        page = _drawn_page(card, drawn_with, most, prefix, has_pictures=has_pictures, room=room)
        if not page.was_cut:
            break
    return page.blocks, not page.was_cut


def _drawn_page(card: Card, ink: Ink, most: int, prefix: str, *, has_pictures: bool, room: int) -> _Page:
    inputs = [input_block(question, prefix) for question in card.inputs]
    rows = -(-len(card.actions) // SLACK.action_elements)
    # Held back for the note, the links and the footer.
    page = _Page(room_blocks=most - len(inputs) - rows - 3, room_text=room, now=ink.now)
    _head(page, card)
    _calls(page, card, ink)
    _facts(page, card.facts)
    for section in card.sections:
        _section(page, section)
    if card.table is not None:
        _code(page, "\n".join(table_lines(card.table)))
    _picture(page, card, ink, is_shown=has_pictures)
    page.blocks += inputs
    if page.was_cut:
        _note(page, card, ink)
    seen = card_hash(card)
    page.blocks += action_rows(card.actions, ink, seen, is_shown_whole=not page.was_cut, prefix=prefix)
    _foot(page, card, ink)
    return page


def _head(page: _Page, card: Card) -> None:
    title = line(card.title)
    page.add({"type": "header", "text": plain_text(title, SLACK.header, NO_TITLE)})
    page.was_cut = page.was_cut or clip(title, SLACK.header)[1]
    said = " · ".join(filter(None, [TONE_WORDS[card.tone], _progress(card)]))
    if said:
        page.add({"type": "context", "elements": [plain_text(said, SLACK.section)]})
    if card.lead:
        _prose(page, runs(card.lead))


def _calls(page: _Page, card: Card, ink: Ink) -> None:
    """Name people so that Slack tells them; their ids are the platform's own, no text of anybody's."""
    called = [one.account.user for one in called_in(card, ink) if _USER.fullmatch(one.account.user)]
    named = " ".join(f"<@{user}>" for user in dict.fromkeys(called))
    if named and page.room_blocks > 0 and page.room_text > len(named):
        page.room_text -= len(named)
        page.add({"type": "section", "text": {"type": "mrkdwn", "text": named, "verbatim": True}})


def _progress(card: Card) -> str:
    return "" if card.progress is None else progress_words(card.progress)


def _prose(page: _Page, spans: Sequence[Span]) -> None:
    if page.room_blocks <= 0:
        page.was_cut = True
        return
    kept = page.take(spans, SLACK.section)
    if "".join(run.text for run in kept).strip():
        page.add({"type": "section", "text": page.text(kept, SLACK.section)})


def _facts(page: _Page, facts: Sequence[Fact]) -> None:
    for start in range(0, len(facts), SLACK.fields):
        if page.room_blocks <= 0 or page.room_text < 200:
            page.was_cut = True
            return
        fields = [_fact(page, fact) for fact in facts[start : start + SLACK.fields]]
        page.add({"type": "section", "fields": fields})


def _fact(page: _Page, fact: Fact) -> Json:
    label = page.take([Span(flat(fact.label) or "-", Style.BOLD)], 150)
    value = page.take(runs(fact.value) or [Span("-")], _LONGEST_VALUE)
    return page.text([*label, Span("\n"), *value], SLACK.field)


def _section(page: _Page, section: Section) -> None:
    if section.heading:
        _prose(page, [Span(flat(section.heading), Style.BOLD)])
    if section.is_code:
        _code(page, shown(section.text))
    else:
        _prose(page, runs(section.text))


def _code(page: _Page, text: str) -> None:
    for piece in pages(text, SLACK.section - _MARKS, escaped_width):
        if page.room_blocks <= 0 or page.room_text < _MARKS * 4:
            page.was_cut = True
            return
        room = min(SLACK.section, page.room_text) - _MARKS
        kept, was_cut = clip(piece, room, escaped_width)
        page.was_cut = page.was_cut or was_cut
        page.room_text -= escaped_width(kept) + _MARKS
        page.add({"type": "section", "text": code_object(kept, SLACK.section)})
        if was_cut:
            return


def _picture(page: _Page, card: Card, ink: Ink, *, is_shown: bool) -> None:
    if card.picture is None:
        return
    words, _ = clip(line(card.picture.alternative), 500)
    address = ink.address(card.picture.path)
    if page.room_blocks <= 0:
        page.was_cut = True
    elif is_shown and address is not None and address.startswith("https://"):
        # Slack's servers fetch pictures, so only a public https address can be shown.
        page.add({"type": "image", "image_url": address, "alt_text": words or NO_TITLE})
    else:
        page.add({"type": "context", "elements": [plain_text(f"Picture: {words}", SLACK.section)]})


def _note(page: _Page, card: Card, ink: Ink) -> None:
    words, address = cut_note(card, ink)
    text = f"{words} {link(address, 'open')})" if address else words
    page.add({"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]})


def _foot(page: _Page, card: Card, ink: Ink) -> None:
    elements: list[Json] = []
    for one in card.links[: SLACK.context_elements]:
        address = ink.address(one.target, 500)
        label = clip(line(one.label), 100)[0] or "open"
        if address:
            elements.append({"type": "mrkdwn", "text": link(address, label), "verbatim": True})
        else:
            elements.append(plain_text(f"{label}: {clip(line(one.target), 200)[0]}", SLACK.section))
    if elements:
        page.add({"type": "context", "elements": elements})
    if card.footer:
        kept, _ = clip_runs(runs(card.footer), 300, escaped_width)
        page.add({"type": "context", "elements": [page.text(kept, SLACK.section)]})

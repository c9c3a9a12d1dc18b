"""Draw a card as an Adaptive Card 1.5 within the size that Teams takes.

What must be there is measured first (title, questions, buttons, links); the rest gets what remains, in the
order people read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.cards.adaptive_inputs import buttons, envelope, questions
from bot.cards.adaptive_mentions import mentions
from bot.cards.adaptive_text import (
    code_line,
    json_width,
    literal_runs,
    looks_like_diff,
    paragraphs,
    rich_text,
    size_of,
)
from bot.cards.exact import flat, line, runs, shown
from bot.cards.ink import Ink, Json, called_in, card_hash
from bot.cards.limits import ADAPTIVE
from bot.cards.model import Card, Fact, Section, Table, Tone
from bot.cards.shorten import clip, clip_runs
from bot.cards.text import Span, Style
from bot.cards.words import NO_TITLE, TONE_WORDS, cut_note, progress_words

_FRAME = 90
"""Bytes of an empty paragraph; every run of it costs about as much again."""
_COLOURS = {Tone.GOOD: "Good", Tone.WARNING: "Warning", Tone.DANGER: "Attention"}
_LEAST_BODY = 300
_NARROWEST, _WIDEST = 6, 24
"""Characters for which a column of a table is given room: what is longer is folded."""
_BETWEEN: Json = {"type": "TextRun", "text": " · "}
"""Links that touch read as one."""


@dataclass(frozen=True)
class AdaptiveMessage:
    """The card and whether all of it could be shown."""

    card: Json
    is_shown_whole: bool


@dataclass
class _Body:
    """Elements so far, and the bytes left."""

    room: int
    now: datetime | None
    elements: list[Json] = field(default_factory=list)
    was_cut: bool = False

    def add(self, element: Json) -> bool:
        """Append the element when it fits; say so when not."""
        size = size_of(element) + 1
        if size > self.room:
            self.was_cut = True
            return False
        self.room -= size
        self.elements.append(element)
        return True


def render_message(card: Card, ink: Ink) -> AdaptiveMessage:
    """Return the card within Teams' size, with every action present.

    The reader's own times are left out where they would cost other words.
    """
    drawn = _drawn(card, ink)
    return drawn if drawn.is_shown_whole or ink.now is None else _drawn(card, replace(ink, now=None))


def _drawn(card: Card, ink: Ink) -> AdaptiveMessage:
    spoken = clip(shown(card.plain), 300, json_width)[0]
    calls, called = mentions(called_in(card, ink))
    head = [*_head(card), *calls]
    fixed = size_of(called) + size_of(envelope([*head, *_note(card, ink)], [], spoken))
    seen = card_hash(card)
    # Only the flag differs between the two mintings, so the measure holds.
    measured = [ink.token(action, seen, is_shown_whole=False) for action in card.actions]
    rows, actions = buttons(card.actions, measured, ADAPTIVE.card_bytes - fixed - _LEAST_BODY)
    left = ADAPTIVE.card_bytes - fixed - size_of(rows) - size_of(actions)
    shapes, has_less = questions(card.inputs, left - _LEAST_BODY if left > 2 * _LEAST_BODY else left)
    body = _Body(room=left - size_of(shapes), now=ink.now, was_cut=has_less)
    foot = _foot(body, card, ink)
    _fill(body, card, ink)
    whole = not body.was_cut
    if whole:
        tokens = [ink.token(action, seen, is_shown_whole=True) for action in card.actions]
        rows, actions = buttons(card.actions, tokens, ADAPTIVE.card_bytes - fixed - _LEAST_BODY)
    note = [] if whole else _note(card, ink)
    elements = [*head, *body.elements, *shapes, *note, *rows, *foot]
    drawn = envelope(elements, actions, spoken)
    drawn["msteams"] |= {"entities": called} if called else {}
    return AdaptiveMessage(drawn, whole)


def _head(card: Card) -> list[Json]:
    title = rich_text([Span(clip(line(card.title), ADAPTIVE.title, json_width)[0] or NO_TITLE)])
    for run in title["inlines"]:
        run |= {"weight": "Bolder", "size": "Medium"}
    elements = [title]
    words = TONE_WORDS[card.tone]
    if words:
        tone = rich_text([Span(words, Style.BOLD)], spacing="None")
        tone["inlines"][0]["color"] = _COLOURS[card.tone]
        elements.append(tone)
    return elements


def _fill(body: _Body, card: Card, ink: Ink) -> None:
    if clip(line(card.title), ADAPTIVE.title, json_width)[1]:
        body.was_cut = True
    if card.progress is not None:
        body.add(rich_text([Span(progress_words(card.progress))]))
    if card.lead:
        _prose(body, runs(card.lead))
    for fact in card.facts:
        _fact(body, fact)
    for section in card.sections:
        _section(body, section)
    if card.table is not None:
        _table(body, card.table)
    if card.picture is not None:
        words = clip(line(card.picture.alternative), 300)[0] or NO_TITLE
        address = ink.address(card.picture.path, ADAPTIVE.url)
        if address is not None and address.startswith("https://"):
            body.add({"type": "Image", "url": address, "altText": words})
        else:
            body.add(rich_text([Span(f"Picture: {words}", Style.EMPHASIS)]))


def _prose(body: _Body, spans: Sequence[Span], **look: object) -> None:
    for paragraph in paragraphs(spans):
        room = body.room - _FRAME * (1 + len(paragraph))
        if room < 40:
            body.was_cut = True
            return
        kept, was_cut = clip_runs(paragraph, room, json_width)
        body.was_cut = body.was_cut or was_cut
        if not body.add(rich_text(kept, body.now, **look)) or was_cut:
            return


def _fact(body: _Body, fact: Fact) -> None:
    label = Span(clip(flat(fact.label), 100)[0] + ": ", Style.BOLD)
    value, was_cut = clip_runs(runs(fact.value), ADAPTIVE.value, json_width)
    body.was_cut = body.was_cut or was_cut
    _prose(body, [label, *value], spacing="Small")


def _section(body: _Body, section: Section) -> None:
    if section.heading:
        _prose(body, [Span(flat(section.heading), Style.BOLD)])
    if not section.is_code:
        _prose(body, runs(section.text))
        return
    text = shown(section.text)
    is_diff = section.is_difference or looks_like_diff(text)
    lines = text.splitlines()
    drawn: list[Json] = []
    room = body.room - 2 * _FRAME
    for one in lines[: ADAPTIVE.code_lines]:
        element = code_line(clip(one, 600, json_width)[0], is_diff=is_diff)
        room -= size_of(element) + 1
        if room < 0:
            break
        drawn.append(element)
    if len(drawn) < len(lines) or any(json_width(one) > 600 for one in lines):
        body.was_cut = True
    if drawn:
        body.add({"type": "Container", "style": "emphasis", "items": drawn})


def _table(body: _Body, table: Table) -> None:
    count = min(
        max([len(table.columns), *(len(row) for row in table.rows)], default=0), ADAPTIVE.table_columns
    )
    if count == 0:
        return
    if any(len(row) > count for row in [table.columns, *table.rows]):
        body.was_cut = True
    shape: Json = {
        "type": "Table",
        "firstRowAsHeader": True,
        "columns": [{"width": weight} for weight in _weights(table, count)],
        "rows": [_row([[Span(flat(name) or " ", Style.BOLD)] for name in table.columns], count)],
    }
    room = body.room - size_of(shape) - 10
    for row in table.rows[: ADAPTIVE.table_rows]:
        drawn = _row([clip_runs(runs(cell), 300, json_width)[0] for cell in row], count, body.now)
        room -= size_of(drawn) + 1
        if room < 0:
            break
        shape["rows"].append(drawn)
    long_cells = any(len(cell) > 50 and json_width(flat(cell)) > 300 for row in table.rows for cell in row)
    if len(shape["rows"]) <= len(table.rows) or long_cells:
        body.was_cut = True
    body.add(shape)


def _weights(table: Table, count: int) -> list[int]:
    """Return how wide each column is beside the others: by its longest text, none starved by a long one.

    With columns of one width, a column of long names breaks them inside words beside a wide empty one.
    """
    rows = [table.columns, *table.rows[: ADAPTIVE.table_rows]]
    longest = [max((len(flat(row[at])) for row in rows if at < len(row)), default=0) for at in range(count)]
    return [min(max(length, _NARROWEST), _WIDEST) for length in longest]


def _row(cells: Sequence[Sequence[Span]], count: int, now: datetime | None = None) -> Json:
    filled = [list(cell) or [Span(" ")] for cell in cells[:count]]
    filled += [[Span(" ")] for _ in range(count - len(filled))]
    return {
        "type": "TableRow",
        "cells": [{"type": "TableCell", "items": [rich_text(cell, now)]} for cell in filled],
    }


def _note(card: Card, ink: Ink) -> list[Json]:
    words, address = cut_note(card, ink)
    note = rich_text([Span(words, Style.EMPHASIS)])
    if address:
        note["inlines"] += [{"type": "TextRun", "text": " "}, *_link("open", address)]
    return [note]


def _link(label: str, address: str) -> list[Json]:
    opens = {"type": "Action.OpenUrl", "url": address}
    return literal_runs(label, {"underline": True, "selectAction": opens})


def _foot(body: _Body, card: Card, ink: Ink) -> list[Json]:
    """Return links and footer when they leave the body most of its room."""
    elements: list[Json] = []
    linked: Json = {"type": "RichTextBlock", "inlines": []}
    for one in card.links[: ADAPTIVE.links]:
        label = clip(line(one.label), ADAPTIVE.label)[0] or "open"
        address = ink.address(one.target, 300)
        text = clip(line(one.target), 100)[0]
        linked["inlines"] += [_BETWEEN] if linked["inlines"] else []
        linked["inlines"] += _link(label, address) if address else literal_runs(f"{label}: {text} ", {})
    if linked["inlines"]:
        elements.append(linked)
    if card.footer:
        kept, _ = clip_runs(runs(card.footer), 200, json_width)
        footer = rich_text(kept, body.now, spacing="Small")
        for run in footer["inlines"]:
            run |= {"isSubtle": True, "size": "Small"}
        elements += [footer] if footer["inlines"] else []
    size = size_of(elements)
    if size > body.room // 2:
        body.was_cut = body.was_cut or bool(elements)
        return []
    body.room -= size
    return elements

"""Draw a card as an HTML fragment for the web chat: every text and attribute is escaped.

Buttons are `<button data-token="…">`; a page's script sends the token, so the fragment has none of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TypeVar

from bot.cards.adaptive_text import looks_like_diff
from bot.cards.exact import flat, line, runs, shown
from bot.cards.html_inputs import button, question
from bot.cards.ink import Ink, card_hash
from bot.cards.limits import HTML
from bot.cards.model import Card, Link, Section, Table
from bot.cards.moments import moments_in
from bot.cards.shorten import clip, clip_runs
from bot.cards.text import Style
from bot.cards.words import NO_TITLE, TONE_WORDS, cut_note

NEWLINE = "\n"
_T = TypeVar("_T")
_TAGS = {Style.BOLD: "strong", Style.EMPHASIS: "em", Style.CODE: "code"}


@dataclass(frozen=True)
class HtmlMessage:
    """The fragment and whether all of the card could be shown."""

    fragment: str
    is_shown_whole: bool


class _Sheet:
    """Parts so far, and whether something was cut."""

    def __init__(self, heading: int, now: datetime | None) -> None:
        self.heading = heading
        self.now = now
        self.parts: list[str] = []
        self.was_cut = False

    def inline(self, text: str) -> str:
        """Return small Markdown as escaped HTML."""
        kept, was_cut = clip_runs(runs(text), HTML.text)
        self.was_cut = self.was_cut or was_cut
        drawn = []
        for run in kept:
            tag = _TAGS.get(run.style)
            words = _words(run.text, None if run.style is Style.CODE else self.now).replace("\n", "<br>")
            drawn.append(f"<{tag}>{words}</{tag}>" if tag else words)
        return "".join(drawn)

    def first(self, many: Sequence[_T], most: int) -> Sequence[_T]:
        """Return the first of many, noting when there were more."""
        self.was_cut = self.was_cut or len(many) > most
        return many[:most]


def _words(text: str, now: datetime | None) -> str:
    """Return escaped words, each moment marked with when it is, for the reader's own beside it."""
    parts, done = [], 0
    for told in moments_in(text, now) if now is not None else ():
        parts.append(escape(text[done : told.start]))
        # Which day an hour alone falls on is a guess, which the page must not tell as one.
        kind = "" if told.has_day else ' class="hour"'
        words = escape(text[told.start : told.end])
        parts.append(f'<time datetime="{told.at.isoformat()}"{kind}>{words}</time>')
        done = told.end
    return "".join([*parts, escape(text[done:])])


def render_message(card: Card, ink: Ink, heading: int = 3) -> HtmlMessage:
    """Return the card as one `<article>` with every action present.

    Args:
        heading: Level of the title's heading, below the headings of the page around it.
    """
    sheet = _Sheet(heading, ink.now)
    _head(sheet, card)
    facts = "".join(
        f"<dt>{escape(flat(fact.label))}</dt><dd>{sheet.inline(fact.value)}</dd>"
        for fact in sheet.first(card.facts, HTML.facts)
    )
    if facts:
        sheet.parts.append(f'<dl class="card-facts">{facts}</dl>')
    for section in sheet.first(card.sections, HTML.sections):
        _section(sheet, section)
    if card.table is not None:
        _table(sheet, card.table)
    _picture(sheet, card, ink)
    if card.inputs:
        sheet.parts.append(f'<div class="card-inputs">{"".join(map(question, card.inputs))}</div>')
    if sheet.was_cut:
        words, address = cut_note(card, ink)
        link = f' <a href="{escape(address)}">open</a>)' if address else ""
        sheet.parts.append(f'<p class="card-cut">{escape(words)}{link}</p>')
    whole = not sheet.was_cut
    seen = card_hash(card)
    if card.actions:
        drawn = "".join(button(a, ink.token(a, seen, is_shown_whole=whole)) for a in card.actions)
        sheet.parts.append(f'<div class="card-actions" role="group" aria-label="Actions">{drawn}</div>')
    _foot(sheet, card, ink)
    label = escape(line(card.title) or NO_TITLE)
    fragment = (
        f'<article class="card card-{card.tone.value}" aria-label="{label}">{"".join(sheet.parts)}</article>'
    )
    return HtmlMessage(fragment, whole)


def _head(sheet: _Sheet, card: Card) -> None:
    title, was_cut = clip(line(card.title) or NO_TITLE, 300)
    sheet.was_cut = sheet.was_cut or was_cut
    tone = TONE_WORDS[card.tone]
    badge = f'<span class="card-tone">{tone}</span> ' if tone else ""
    level = sheet.heading
    sheet.parts.append(f'<h{level} class="card-title">{badge}{escape(title)}</h{level}>')
    if card.progress is not None:
        sheet.parts.append(
            f'<p class="card-progress"><progress max="100" value="{card.progress}"></progress> '
            f"{card.progress}% done</p>"
        )
    if card.lead:
        sheet.parts.append(f'<p class="card-lead">{sheet.inline(card.lead)}</p>')


def _section(sheet: _Sheet, section: Section) -> None:
    level = sheet.heading + 1
    heading = f"<h{level}>{escape(flat(section.heading))}</h{level}>" if section.heading else ""
    if section.is_code:
        text, was_cut = clip(shown(section.text), HTML.text)
        sheet.was_cut = sheet.was_cut or was_cut
        body = code_block(text, is_difference=section.is_difference)
    else:
        body = f"<p>{sheet.inline(section.text)}</p>"
    sheet.parts.append(f'<section class="card-section">{heading}{body}</section>')


def code_block(text: str, *, is_difference: bool = False) -> str:
    """Return exact text as `<pre>`, the hidden in it written out, each line of a difference in a class."""
    is_diff = is_difference or looks_like_diff(text)
    # Not `splitlines`: what some reader alone takes for a line's end is written out like all that is hidden.
    lines = [
        f'<span class="{_line_class(one)}">{escape(one)}</span>' if is_diff else escape(one)
        for one in shown(text).removesuffix(NEWLINE).split(NEWLINE)
    ]
    name = "code diff" if is_diff else "code"
    return f'<pre class="{name}" tabindex="0"><code>{NEWLINE.join(lines)}</code></pre>'


def _line_class(text: str) -> str:
    if text.startswith(("+++", "---", "diff ", "index ")):
        return "diff-file"
    return {"+": "diff-added", "-": "diff-removed", "@": "diff-place"}.get(text[:1], "diff-same")


def _table(sheet: _Sheet, table: Table) -> None:
    head = "".join(f'<th scope="col">{escape(flat(name))}</th>' for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{sheet.inline(cell)}</td>" for cell in row) + "</tr>"
        for row in sheet.first(table.rows, HTML.table_rows)
    )
    sheet.parts.append(
        f'<div class="card-table" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _picture(sheet: _Sheet, card: Card, ink: Ink) -> None:
    if card.picture is None:
        return
    words = escape(line(card.picture.alternative))
    # The web chat is served by us, so a path of ours needs no public address.
    path = card.picture.path
    is_ours = path.startswith("/") and not path.startswith("//")
    address = path if is_ours else ink.address(path)
    if not address:
        sheet.parts.append(f"<p>Picture: {words}</p>")
        return
    drawn = f'<img class="card-picture" src="{escape(address)}" alt="{words}">'
    opens = f'href="{escape(address)}" target="_blank" rel="noreferrer noopener" title="Open in full size"'
    sheet.parts.append(f'<a class="card-opens" {opens}>{drawn}</a>')


def _foot(sheet: _Sheet, card: Card, ink: Ink) -> None:
    linked = "".join(f"<li>{_link(one, ink)}</li>" for one in card.links[: HTML.links])
    if linked:
        sheet.parts.append(f'<ul class="card-links">{linked}</ul>')
    if card.footer:
        sheet.parts.append(f'<p class="card-footer">{sheet.inline(card.footer)}</p>')


def _link(one: Link, ink: Ink) -> str:
    is_ours = one.target.startswith("/") and not one.target.startswith(("//", "/\\"))
    address = one.target if is_ours else ink.address(one.target)
    label = escape(line(one.label) or "open")
    if not address:
        return f"{label}: {escape(line(one.target))}"
    return f'<a href="{escape(address)}" rel="noreferrer noopener">{label}</a>'

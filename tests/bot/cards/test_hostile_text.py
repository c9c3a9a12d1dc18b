import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.cards import adaptive, blockkit, html, plain
from bot.cards.html_inputs import render_dialog
from bot.cards.model import Card, Choice, Dialog, Fact, Input, InputKind, Link, Picture, Section, Table
from bot.cards.text import md
from tests.bot.cards.builders import HOSTILE, an_action, an_ink
from tests.bot.cards.slack_rules import texts

pytestmark = pytest.mark.proves("D6", "A11")
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\u2800\u3164"
    "\u180b\ufe00-\ufe0d\U0001d173\U000e0000-\U000e0fff]"
)
_OURS = ("https://dogwatch.example.com/", "https://git.example.com/")


def hostile_card(text: str) -> Card:
    """Return a card with the text in every place that outside text can reach."""
    quoted = md("{text}", text=text)
    return Card(
        title=text,
        plain=text,
        lead=md("**{text}** and `{text}` and {text}", text=text),
        facts=(Fact(label=quoted, value=quoted), Fact(label="x", value=md("*{text}*", text=text))),
        sections=(Section(heading=quoted, text=quoted), Section(text=text, is_code=True)),
        table=Table(columns=(quoted,), rows=((quoted,), (md("**{text}**", text=text),))),
        picture=Picture(path="/p.png", alternative=text),
        inputs=(
            Input(name="a", label=text, hint=text),
            Input(name="b", label=text, kind=InputKind.CHOICE, choices=(Choice(value="v", label=text),)),
        ),
        actions=(an_action(label=text, confirm=quoted),),
        links=(Link(label=text, target="/x"), Link(label="y", target=text.removeprefix("https://"))),
        footer=quoted,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_slack_blocks_mention_link_and_draw_nothing_of_it(text: str) -> None:
    message = blockkit.render_message(hostile_card(text), an_ink())

    for shown in texts(message.blocks):
        if shown["type"] == "mrkdwn":
            for control in re.findall(r"<([^>]*)>", shown["text"]):
                assert control.startswith(_OURS), control
            without_code = re.sub(r"```.*?```|`[^`]*`", "", shown["text"], flags=re.S)
            assert not re.search(r":(rotating_light|100):", without_code)
            assert not re.search(r"_now_|~never~|(?m:^&gt;)", without_code)
        assert not _HIDDEN.search(shown["text"])
    assert not re.search(r"<[!@#h]", message.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_adaptive_cards_hold_it_in_plain_runs_only(text: str) -> None:
    card = adaptive.render_message(hostile_card(text), an_ink()).card

    for element in walk(card):
        assert element.get("type") not in ("TextBlock", "FactSet", "Media", "Action.OpenUrlDialog")
        if "url" in element:
            assert element["url"].startswith(_OURS)
    assert "entities" not in card["msteams"]
    visible = json.dumps([e["text"] for e in walk(card) if e.get("type") == "TextRun"], ensure_ascii=False)
    assert not _HIDDEN.search(visible)


@pytest.mark.parametrize("text", HOSTILE)
def test_html_has_no_element_attribute_or_address_of_it(text: str) -> None:
    fragment = html.render_message(hostile_card(text), an_ink()).fragment
    question = Input(name="a", label=text, value=text, hint=text)
    dialog = Dialog(
        title=text[:100], intro=md("{t}", t=text), inputs=(question,), submit=an_action(label=text)
    )

    for drawn in (fragment, render_dialog(dialog, an_ink())):
        sheet = _Sheet()
        sheet.feed(drawn)
        sheet.close()
        assert not sheet.open, sheet.open
        assert sheet.tags <= _ALLOWED
        assert all(not name.startswith("on") and name != "style" for name in sheet.attributes)
        assert all(a.startswith((*_OURS, "/x", "/p.png")) for a in sheet.addresses), sheet.addresses


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_shows_hidden_characters_as_escapes(text: str) -> None:
    message = plain.render_message(hostile_card(text), an_ink())

    assert not _HIDDEN.search(message.text)


@pytest.mark.parametrize("sign", ["\u202e", "\u2028", "\x85", "\x0c", "\u3164", "\u2800", "\x1b"])
def test_exact_text_of_a_page_hides_nothing_and_ends_lines_where_programs_do(sign: str) -> None:
    drawn = html.code_block(f"# note {sign}check\nrun\n")

    assert sign not in drawn
    assert re.findall("<code>(.*)</code>", drawn, re.S) == [f"# note \\u{ord(sign):04x}check\nrun"]


def test_bidirectional_text_is_readable_as_an_escape_on_every_platform() -> None:
    card = hostile_card("pay \u202egnp.exe")

    drawn = (
        json.dumps(blockkit.render_message(card, an_ink()).blocks, ensure_ascii=False),
        json.dumps(adaptive.render_message(card, an_ink()).card, ensure_ascii=False),
        html.render_message(card, an_ink()).fragment,
        plain.render_message(card, an_ink()).text,
    )

    assert all("u202egnp.exe" in one and "\u202e" not in one for one in drawn)


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "//evil.test", "data:text/html,x", "https://a@evil.test/", "", "/\\evil.test"],
)
def test_an_address_that_is_not_http_becomes_no_link(target: str) -> None:
    card = Card(title="x", plain="x", links=(Link(label="look", target=target),))

    sheet = _Sheet()
    sheet.feed(html.render_message(card, an_ink()).fragment)

    blocks = json.dumps(blockkit.render_message(card, an_ink()).blocks)
    assert all(address.startswith(_OURS) for address in sheet.addresses)
    assert "evil.test|" not in blocks or "dogwatch.example.com" in blocks


_TAGS = """article h2 h3 h4 p dl dt dd section pre code span strong em br div table thead tbody tr th td
img ul li a button label input textarea select option form progress time"""
_ALLOWED = frozenset(_TAGS.split())
_EMPTY = frozenset({"br", "img", "input"})


class _Sheet(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def walk(value: Any) -> list[dict[str, Any]]:
    """Return every object anywhere inside."""
    if isinstance(value, list):
        return [found for inner in value for found in walk(inner)]
    if not isinstance(value, dict):
        return []
    return [value, *(found for inner in value.values() for found in walk(inner))]

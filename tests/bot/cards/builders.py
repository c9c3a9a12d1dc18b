"""Cards, places and hostile texts that the tests of every renderer share."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.cards.ink import Ink
from bot.cards.model import (
    Action,
    ActionStyle,
    Card,
    Choice,
    Dialog,
    Fact,
    Input,
    InputKind,
    Link,
    Picture,
    Section,
    Table,
    Tone,
)
from bot.cards.text import md
from bot.cards.tokens import TokenMint
from domain.identity.chat import Place, Platform

NOW = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
PUBLIC_URL = "https://dogwatch.example.com"

HOSTILE = (
    "<!channel> <!here> <!everyone>",
    "<@U1> <@U1|boss> <!subteam^S1>",
    "<https://evil.test|Approve> <#C1|general>",
    "https://evil.test/beacon.png",
    "@here @channel @everyone",
    "*Approve* _now_ ~never~ `code`",
    "```\nfake end of block\n``` *bold*",
    "> quoted as if by somebody else",
    "[Approve](https://evil.test) ![x](https://evil.test/a.png)",
    "**bold** # heading\n- a list\n1. another",
    "<at>Everyone</at> {{DATE(2020-01-01T00:00:00Z)}} ${card.secret}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)> ' onclick='x",
    "</pre></article><h1>Approved</h1>",
    "&lt;!channel&gt; &amp;amp;",
    "pay \u202egnp.exe\u202c \u2066x\u2069",
    "zero\u200bwidth\ufeff \u2060joiner",
    "selected\U000e0148\U000e0155\ufe04 \U0001d173beam \u180bfree",
    "\x1b[31mred\x1b[0m \x07 \x00 \r back",
    "blank \u3164\u2800 letters",
    "Z" + "\u0335\u0336\u0337" * 40 + "algo",
    ":rotating_light: :100:",
    "javascript:alert(1) data:text/html,x",
)


def a_place(channel: str = "C1", platform: Platform = Platform.SLACK) -> Place:
    """Return a channel of our workspace."""
    return Place(platform=platform, workspace="T1", channel=channel)


def a_mint() -> TokenMint:
    """Return a mint with a fixed key and clock."""
    return TokenMint({"k1": b"1" * 32}, "k1", clock=lambda: NOW)


def an_ink(place: Place | None = None) -> Ink:
    """Return an ink with a real mint."""
    return Ink(place=place or a_place(), mint=a_mint(), public_url=PUBLIC_URL, now=NOW)


def a_fixed_ink() -> Ink:
    """Return an ink whose tokens name their action, for golden files."""
    return Ink(a_place(), lambda action, place: f"token:{action.verb}:{place.channel}", PUBLIC_URL)


def an_action(verb: str = "approve", label: str = "Approve", **more: object) -> Action:
    """Return a button."""
    return Action.model_validate({"verb": verb, "label": label, "subject": "change/42"} | more)


DIFF = """--- a/feeds/fx_trades.yaml
+++ b/feeds/fx_trades.yaml
@@ -1,3 +1,3 @@
 name: fx_trades
-rows: 10
+rows: 12
"""


def representative() -> dict[str, Card]:
    """Return cards as the house sends them, by name."""
    return {
        "sentence": Card(title="Not done", lead="You can't approve your own change.", plain="Not done."),
        "approval": Card(
            title="Waits for approval: fx_trades",
            tone=Tone.WARNING,
            lead=md("**{who}** asks to change **{feed}**.", who="Ana", feed="fx_trades"),
            facts=(
                Fact(label="Risk", value="medium"),
                Fact(label="Needs", value="1 of *payments*"),
                Fact(label="Commit", value="`4f2a91c`"),
            ),
            sections=(Section(heading="Difference", text=DIFF, is_code=True),),
            actions=(
                an_action(style=ActionStyle.PRIMARY, confirm="Approve exactly this?"),
                an_action("reject", "Reject", style=ActionStyle.DANGER),
                an_action("show", "Show all"),
            ),
            links=(Link(label="Review 7", target="/reviews/7"),),
            footer="expires at 18:30 UTC",
            plain="Waits for approval: fx_trades. Ana asks to change fx_trades.",
        ),
        "table": Card(
            title="2 feeds",
            table=Table(
                columns=("Feed", "Owner", "Rows"),
                rows=(("**fx_trades**", "payments", "41,207"), ("**orders**", "sales", "9")),
            ),
            plain="2 feeds: fx_trades, orders",
        ),
        "progress": Card(title="Reading the sample", progress=45, plain="Reading the sample, 45% done"),
        "good": Card(title="Merged: orders", tone=Tone.GOOD, lead="`4f2a91c` is on main.", plain="Merged."),
        "picture": Card(
            title="fx_trades is late",
            tone=Tone.DANGER,
            picture=Picture(path="/pictures/1.png", alternative="Rows a day fell from 40,000 to 300."),
            plain="fx_trades is late",
        ),
        "inputs": Card(
            title="Two questions",
            inputs=(
                Input(name="feed", label="Feed name", value="fx_trades", is_required=True),
                Input(
                    name="criticality",
                    label="How critical?",
                    kind=InputKind.CHOICE,
                    value="high",
                    choices=(Choice(value="low", label="Low"), Choice(value="high", label="High")),
                ),
            ),
            actions=(an_action("answer", "Answer"),),
            plain="Two questions",
        ),
        "hostile": Card(
            title=HOSTILE[0],
            lead=md("Somebody wrote {text}", text=HOSTILE[5]),
            facts=tuple(Fact(label="said", value=md("{text}", text=text)) for text in HOSTILE[:6]),
            sections=(Section(heading="Log", text="\n".join(HOSTILE[:12]), is_code=True),),
            actions=(an_action(label=HOSTILE[0]),),
            plain=HOSTILE[0],
        ),
    }


def a_dialog() -> Dialog:
    """Return a dialog with a question of every kind."""
    return Dialog(
        title="What the sample can't say about fx_trades",
        intro="I filled in what I would **guess**.",
        inputs=(
            Input(name="feed", label="Feed name", value="fx_trades", is_required=True, hint="a-z, 0-9, _"),
            Input(name="why", label="Why?", kind=InputKind.LONG_TEXT),
            Input(
                name="team",
                label="Owner",
                kind=InputKind.CHOICE,
                value="payments",
                choices=tuple(Choice(value=name, label=name.title()) for name in ("payments", "sales")),
            ),
            Input(name="rows", label="Rows a day", kind=InputKind.NUMBER, value="40000"),
            Input(name="strict", label="Strict types", kind=InputKind.TOGGLE, value="true"),
            Input(name="since", label="Since", kind=InputKind.DATE, value="2026-03-01"),
        ),
        submit=an_action("onboard.submit", "Create configuration"),
    )


_any_text = st.one_of(
    st.text(max_size=60),
    st.integers(1, 200).map(lambda times: "due 02 Mar 06:30 America/New_York & " * times),
    st.sampled_from(HOSTILE),
    st.text(max_size=20).map(lambda text: (text or "long ") * 400),
)
_said = st.text(min_size=1, max_size=60) | st.sampled_from(HOSTILE)
_marked = _any_text | _any_text.map(lambda text: md("**{a}** and `{a}` or *x*", a=text))
_choices = st.lists(
    st.builds(Choice, value=st.text(max_size=40), label=_said),
    max_size=150,
    unique_by=lambda choice: choice.value,
).map(tuple)


@st.composite
def actions(draw: st.DrawFn) -> Action:
    """Return any action whose arguments keep to what a token holds."""
    subject = st.text(alphabet="abcdef0123456789/-", max_size=200)
    keys = st.sampled_from(["feed", "step"])
    return Action(
        verb=draw(st.from_regex(r"[a-z][a-z0-9_.]{0,40}", fullmatch=True)),
        label=draw(_said),
        subject=draw(subject),
        subject_hash=draw(st.sampled_from(["", "ab" * 32])),
        arguments=draw(st.dictionaries(keys, st.text(alphabet="xyz", max_size=60), max_size=2)),
        style=draw(st.sampled_from(list(ActionStyle))),
        confirm=draw(st.just("") | _marked),
    )


@st.composite
def inputs(draw: st.DrawFn, most: int) -> tuple[Input, ...]:
    """Return up to `most` questions with different names."""
    return tuple(
        Input(
            name=f"question_{number}",
            kind=draw(st.sampled_from(list(InputKind))),
            label=draw(_any_text),
            value=draw(_any_text | st.sampled_from(["12", "1.5", "2026-01-01", "true"])),
            hint=draw(st.just("") | _said),
            is_required=draw(st.booleans()),
            choices=draw(st.just(()) | _choices),
        )
        for number in range(draw(st.integers(0, most)))
    )


@st.composite
def cards(draw: st.DrawFn) -> Card:
    """Return any card: hostile, huge, empty, or all of it."""
    rows = st.lists(st.lists(_marked, max_size=12).map(tuple), max_size=12).map(tuple)
    targets = st.sampled_from(
        ["/reviews/1", "https://git.example.com/x?a=1&b=<x>", "javascript:x", "//evil", ""]
    )
    sections = st.builds(Section, text=_marked, heading=_any_text, is_code=st.booleans())
    facts = st.builds(Fact, label=_any_text, value=_marked)
    most = draw(st.sampled_from([0, 3, 20]))
    return Card(
        title=draw(_said),
        plain=draw(_said),
        tone=draw(st.sampled_from(list(Tone))),
        lead=draw(_marked),
        facts=tuple(draw(st.lists(facts, max_size=25))),
        sections=tuple(draw(st.lists(sections, max_size=12))),
        table=draw(st.none() | st.builds(Table, columns=st.lists(_said, max_size=12).map(tuple), rows=rows)),
        picture=draw(st.none() | st.builds(Picture, path=targets, alternative=_said)),
        progress=draw(st.none() | st.integers(0, 100)),
        inputs=draw(inputs(6)),
        actions=tuple(draw(st.lists(actions(), max_size=most))),
        links=tuple(draw(st.lists(st.builds(Link, label=_any_text, target=targets), max_size=8))),
        footer=draw(_marked),
        full_view=draw(st.sampled_from(["", "/changes/42"])),
    )

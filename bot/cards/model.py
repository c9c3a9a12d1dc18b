"""The neutral card: what a message says, before any platform draws it.

Texts are a small Markdown (`**bold**`, `*emphasis*`, `` `code` ``, backslash escapes) made with `md`,
which escapes its arguments. There is no link or mention syntax, so outside text cannot make one.
Exact text, not Markdown: titles, `plain`, code sections, and the labels, values, hints and choices of
actions, inputs and links.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.identity.chat import Called

# More than these would not fit into every platform's message beside their tokens.
MOST_ACTIONS = 20
MOST_CARD_INPUTS = 10
MOST_DIALOG_INPUTS = 30
MOST_CALLS = 60


class Tone(StrEnum):
    """How serious a card is; always said in words too."""

    CALM = "calm"
    GOOD = "good"
    WARNING = "warning"
    DANGER = "danger"


class ActionStyle(StrEnum):
    """How a button looks."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


class InputKind(StrEnum):
    """What a person fills in."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CHOICE = "choice"
    NUMBER = "number"
    TOGGLE = "toggle"
    DATE = "date"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(_Part):
    """A label and its value, both small Markdown."""

    label: str
    value: str


class Section(_Part):
    """A paragraph of small Markdown, or a block of exact text (`is_code`: diffs, YAML, logs)."""

    text: str
    heading: str = ""
    is_code: bool = False
    is_difference: bool = False
    """Whether the exact text is a piece of a difference, where its own lines no longer tell."""


class Table(_Part):
    """Rows under column names; cells are small Markdown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Picture(_Part):
    """An image of ours; `alternative` says in words what it shows."""

    path: str
    """Path below our own public address, such as /pictures/<id>.png."""
    alternative: str = Field(min_length=1)


class Choice(_Part):
    """One answer of a choice input."""

    value: str = Field(max_length=150)
    label: str


class Input(_Part):
    """One question with its proposed answer."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")
    kind: InputKind = InputKind.TEXT
    label: str
    value: str = ""
    hint: str = ""
    is_required: bool = False
    choices: tuple[Choice, ...] = ()


class Action(_Part):
    """A button. The token that it carries is minted for one place when the card is rendered."""

    verb: str = Field(pattern=r"^[a-z][a-z0-9_.]{0,40}$")
    label: str = Field(min_length=1)
    subject: str = Field(default="", max_length=200)
    """What it acts on, `kind/id`."""
    subject_hash: str = ""
    """The exact version it acts on, where one exists."""
    arguments: dict[str, str] = {}
    style: ActionStyle = ActionStyle.PLAIN
    confirm: str = ""
    """A question asked before the press counts; empty for none."""
    seen: str = ""
    """Set by the renderer: the hash of the card that carries the button."""
    is_shown_whole: bool = True
    """Set by the renderer: False when the platform's limits made it shorten the card."""


class Link(_Part):
    """A place to look: a path below our public address, or an address from our own configuration."""

    label: str
    target: str


class Card(_Part):
    """One message. `plain` says it all without colour, layout or buttons."""

    title: str = Field(min_length=1)
    plain: str = Field(min_length=1)
    tone: Tone = Tone.CALM
    lead: str = ""
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    table: Table | None = None
    picture: Picture | None = None
    progress: int | None = Field(default=None, ge=0, le=100)
    """Percent done, None when nothing is under way."""
    inputs: tuple[Input, ...] = Field(default=(), max_length=MOST_CARD_INPUTS)
    actions: tuple[Action, ...] = Field(default=(), max_length=MOST_ACTIONS)
    links: tuple[Link, ...] = ()
    footer: str = ""
    calls: tuple[Called, ...] = Field(default=(), max_length=MOST_CALLS)
    """Whom the platform is to tell of it; the text names them too. Text alone can call nobody."""
    full_view: str = ""
    """Where everything can be read when a platform's limits cut the card: a path or address as in `Link`."""


class Dialog(_Part):
    """Questions asked at once; `submit` carries the verb that takes the answers."""

    title: str = Field(min_length=1, max_length=100)
    intro: str = ""
    inputs: tuple[Input, ...] = Field(max_length=MOST_DIALOG_INPUTS)
    submit: Action


class Reply(_Part):
    """What the desk answers to the one who acted, at once.

    Cards for everybody are not here: they are stored as postings and delivered from there.
    """

    dialog: Dialog | None = None
    whispers: tuple[Card, ...] = ()
    """Seen only by the one who acted."""
    input_errors: dict[str, str] = {}
    """Input name to sentence; the dialog stays open."""
    updated: Card | None = None
    """The pressed card as it now reads, for platforms that replace it in the answer."""

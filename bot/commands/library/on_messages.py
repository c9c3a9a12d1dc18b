"""What can be done with any message, by its menu: add it to a timeline, keep it in the library."""

from datetime import datetime

from bot.cards.model import Action, ActionStyle, Choice, Dialog, Input, InputKind, Reply
from bot.cards.text import md, quote
from bot.commands.incident.incident_subjects import incident_of_thread, keep, tell
from bot.commands.library.kb import keep_article
from bot.intents import Area
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.errors import NotNow
from domain.identity.access import Act
from domain.identity.chat import KEEP_MESSAGE, MESSAGE_TO_TIMELINE
from domain.ids import IncidentId
from domain.investigation.incidents import EntryKind, Incident, IncidentKind
from domain.knowledge.articles import ArticleKind

_MOST_INCIDENTS = 20
_LONGEST = 2_900
"""Slack proposes no longer answer in a dialog."""


def to_timeline(turn: Turn) -> Reply:
    """Ask which incident a message belongs to, with its words to shorten."""
    turn.require(Act.RUN_INCIDENT)
    found = _incidents(turn)
    if not found:
        raise NotNow(
            "no open incident", say="No incident is open.", next_step="Open one first: `incident …`."
        )
    choices = tuple(Choice(value=one.id, label=quote(f"{one.id}: {one.title}"[:75])) for one in found)
    return Reply(
        dialog=Dialog(
            title="Add to the timeline",
            inputs=(
                Input(name="incident", kind=InputKind.CHOICE, label="Incident", value=choices[0].value,
                      choices=choices),
                Input(name="text", kind=InputKind.LONG_TEXT, label="What happened?", value=_said(turn),
                      is_required=True),
            ),
            submit=Action(verb="incident.note_message", label="Add", style=ActionStyle.PRIMARY,
                          arguments={"at": (turn.incoming.said_at or turn.incoming.at).isoformat()}),
        )
    )  # fmt: skip


def take_line(turn: Turn) -> Reply:
    """Add a message to the timeline, at the moment when it was written."""
    turn.require(Act.RUN_INCIDENT)
    text = turn.incoming.inputs.get("text", "").strip()
    if not text:
        return Reply(input_errors={"text": "Say what happened."})
    incident = turn.uow.incidents.get(IncidentId(turn.incoming.inputs.get("incident", "")))
    tell(turn, incident, EntryKind.NOTE, text, at=min(_moment(turn), turn.now))
    keep(turn, incident, "note")
    said = md("It stands in the timeline of {title}.", title=incident.title)
    return Reply(whispers=(sentence("Added", said),))


def to_library(turn: Turn) -> Reply:
    """Ask for the title under which a message is kept."""
    turn.require(Act.EDIT_KNOWLEDGE)
    whole = turn.incoming.text.strip()
    text = whole[:_LONGEST]
    left_out = f"Only the first {_LONGEST:,} of {len(whole):,} characters fit here. " if text != whole else ""
    title = " ".join(text.split("\n")[0].lstrip("# ").split())[:120]
    return Reply(
        dialog=Dialog(
            title="Keep in the library",
            intro=f"{left_out}It becomes a draft that somebody publishes.",
            inputs=(
                Input(name="title", label="Title", value=title, is_required=True),
                Input(name="text", kind=InputKind.LONG_TEXT, label="Text", value=text, is_required=True),
            ),
            submit=Action(verb="kb.keep_message", label="Make it a draft", style=ActionStyle.PRIMARY),
        )
    )


def take_article(turn: Turn) -> Reply:
    """Make a draft article of a message."""
    turn.require(Act.EDIT_KNOWLEDGE)
    title = " ".join(turn.incoming.inputs.get("title", "").split())
    text = turn.incoming.inputs.get("text", "").strip()
    missing = {n: "I need some words here." for n, given in (("title", title), ("text", text)) if not given}
    if missing:
        return Reply(input_errors=missing)
    keep_article(turn, title[:200], text, ArticleKind.KB, "message")
    return Reply()


def _incidents(turn: Turn) -> list[Incident]:
    """Return the incident of the thread, then the open ones, newest first."""
    here = incident_of_thread(turn)
    every = [one for one in turn.uow.incidents.every_open() if one.kind is IncidentKind.INCIDENT]
    every.sort(key=lambda one: one.opened_at, reverse=True)
    others = [one for one in every if here is None or one.id != here.id]
    return [*([here] if here is not None else []), *others][:_MOST_INCIDENTS]


def _said(turn: Turn) -> str:
    author = turn.incoming.inputs.get("author", "").strip()
    text = " ".join(turn.incoming.text.split())
    return (f"{author}: {text}" if author else text)[:900]


def _moment(turn: Turn) -> datetime:
    return datetime.fromisoformat(turn.arguments["at"]) if "at" in turn.arguments else turn.now


AREA = Area(
    buttons={"incident.note_message": take_line, "kb.keep_message": take_article},
    shortcuts={MESSAGE_TO_TIMELINE: to_timeline, KEEP_MESSAGE: to_library},
)

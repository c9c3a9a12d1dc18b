"""Edit a proposed or an agreed configuration piece by piece; what can't be is refused at the input."""

import hashlib
from dataclasses import dataclass

from bot.cards.model import Action, ActionStyle, Card, Dialog, Reply
from bot.cards.text import md
from bot.commands.configuring.answers import input_of
from bot.commands.configuring.changes import change_of, editor_of, end_approval, keep, profile_of, proposal_of
from bot.commands.feeds import agreed_yaml, named_feed
from bot.presenters.editing import editor_cards, landed_cards, suggestion_cards
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.approval.approvals import Verdict
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, Proposal
from domain.configuration.feed_views import SuggestionKind
from domain.configuration.profiles import SampleProfile
from domain.errors import NotNow
from domain.identity.access import Act
from domain.identity.people import Person
from domain.ids import RequestId
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.telling.postings import View


@dataclass(frozen=True)
class _Target:
    """What is edited: a change's proposal, or the agreed configuration of a feed."""

    person: Person
    feed: str
    yaml: str
    change: ConfigChange | None = None
    profile: SampleProfile | None = None
    built_yaml: str = ""


def show_editor(turn: Turn) -> Reply:
    """Show what can be edited, a button each, to the one who asked."""
    target = _target(turn)
    pieces = turn.tools.configurator.pieces(target.yaml)
    return Reply(
        whispers=editor_cards(target.feed, _subject(turn), pieces, has_sample=target.profile is not None)
    )


def offer_editor(turn: Turn) -> Reply:
    """Answer `config NAME edit [PIECE]`: buttons in the thread, because a dialog needs a press."""
    turn.require(Act.EDIT_CONFIG)
    feed = named_feed(turn)
    pieces = turn.tools.configurator.pieces(agreed_yaml(turn, feed.name))
    wanted = turn.words[2].lower() if len(turn.words) > 2 else ""
    shown = [piece for piece in pieces if not wanted or wanted in piece]
    for card in editor_cards(feed.name, f"feed/{feed.name}", shown, has_sample=False):
        turn.say(card)
    return Reply()


def open_piece(turn: Turn) -> Reply:
    """Open the dialog of one piece with what stands there now."""
    target = _target(turn)
    piece = turn.arguments.get("piece", "settings")
    questions = turn.tools.configurator.form(target.yaml, piece)
    return Reply(
        dialog=Dialog(
            title=_title(piece)[:100],
            intro=md("Of **{feed}**. What can't be is refused at its input.", feed=target.feed),
            inputs=tuple(input_of(number, question, {}) for number, question in enumerate(questions)),
            submit=Action(
                verb="edit.submit",
                label="Check and keep",
                subject=_subject(turn),
                style=ActionStyle.PRIMARY,
                arguments={"piece": piece},
            ),
        )
    )


def take_piece(turn: Turn) -> Reply:
    """Check what was filled in; take it when it can be, else say why at each input."""
    target = _target(turn)
    piece = turn.arguments.get("piece", "settings")
    questions = turn.tools.configurator.form(target.yaml, piece)
    given = turn.incoming.inputs
    answers = {
        question.code: given[f"q{number}"].strip()
        for number, question in enumerate(questions)
        if f"q{number}" in given
    }
    found = turn.tools.configurator.edit(target.yaml, piece, answers, target.profile)
    if found.proposal is None:
        places = {question.code: f"q{number}" for number, question in enumerate(questions)}
        return Reply(input_errors={places.get(code, "q0"): said for code, said in found.objections.items()})
    if found.proposal.yaml == target.yaml:
        return Reply(whispers=(sentence("Nothing changed", "Everything is as it was."),))
    return _keep_proposal(turn, target, found.proposal, piece)


def show_preview(turn: Turn) -> Reply:
    """Show the sample's first rows as they would land."""
    turn.require(Act.ASK)
    change = change_of(turn)
    found = turn.tools.configurator.landed(proposal_of(turn, change).yaml, profile_of(turn, change))
    return Reply(whispers=landed_cards(change.feed, found))


def show_suggestions(turn: Turn) -> Reply:
    """Show the steps and rules that the sample calls for, taken or not."""
    turn.require(Act.ASK)
    change = change_of(turn)
    found = turn.tools.configurator.suggestions(proposal_of(turn, change).yaml, profile_of(turn, change))
    return Reply(whispers=suggestion_cards(change.feed, change.subject, found))


def toggle_suggestion(turn: Turn) -> Reply:
    """Take one suggestion, or leave it out when it was taken."""
    target = _target(turn)
    if target.profile is None:
        raise NotNow("no sample", say="Suggestions need a sample.", next_step="Drop a file of the feed.")
    kind = SuggestionKind(turn.arguments.get("kind", "rule"))
    name = turn.arguments.get("id", "")
    proposal = turn.tools.configurator.toggle(target.yaml, target.profile, kind, name)
    return _keep_proposal(turn, target, proposal, f"{kind.value}/{name}")


def decide_conflict(turn: Turn) -> Reply:
    """Say whose value counts where two changes meet; the proposal is put on top accordingly."""
    change = change_of(turn)
    person = editor_of(turn, change)
    side = turn.arguments.get("side", "")
    if change.rebase != "asked" or side not in ("mine", "theirs"):
        raise NotNow("no conflict to decide", say="There is nothing to decide any more.")
    keep(
        turn,
        change.model_copy(
            update={
                "state": ChangeState.BUILDING,
                "rebase": side,
                "revision": change.revision + 1,
                "authors": change.authors | {person.id},
                "sentence": "",
            }
        ),
    )
    turn.record(AuditAct.CHANGE_ANSWERED, change.subject, conflict=side)
    return Reply()


def _keep_proposal(turn: Turn, target: _Target, proposal: Proposal, piece: str) -> Reply:
    proposal = proposal.model_copy(update={"built_yaml": target.built_yaml})
    blob = turn.tools.blobs.put(proposal.model_dump_json().encode())
    state = ChangeState.NEEDS_FIXING if proposal.blocks else ChangeState.OPENING
    if target.change is None:
        change = _opened(turn, target, ConfigChange(
            id=RequestId("c" + hashlib.sha256(turn.incoming.key.encode()).hexdigest()[:12]),
            kind=ChangeKind.EDIT,
            state=state,
            requested_by=target.person.id,
            authors=frozenset({target.person.id}),
            place=turn.thread,
            feed=target.feed,
            proposal=blob,
            revision=1,
            opened_at=turn.now,
            updated_at=turn.now,
        ))  # fmt: skip
    else:
        change = end_approval(turn, target.change, Verdict.SUPERSEDED)
        change = change.model_copy(
            update={
                "proposal": blob,
                "state": state,
                "revision": change.revision + 1,
                "authors": change.authors | {target.person.id},
                "sentence": "",
            }
        )
        keep(turn, change)
    turn.record(AuditAct.CHANGE_PROPOSED, change.subject, edited=piece[:100], proposal=blob[:16])
    lines = "\n".join(proposal.summary[:8]) or "The words did not change, only the document."
    return Reply(
        whispers=(
            Card(
                title="Taken",
                lead=lines,
                footer="It needs fixing before review." if proposal.blocks else "The review opens anew.",
                plain=lines,
            ),
        )
    )


def _opened(turn: Turn, target: _Target, change: ConfigChange) -> ConfigChange:
    turn.uow.changes.save(change)
    turn.record(AuditAct.CHANGE_OPENED, change.subject, kind=change.kind.value, feed=target.feed)
    turn.show(View.CHANGE, change.subject)
    turn.nudge(StoryKind.ONBOARDING, change.id)
    return change


def _target(turn: Turn) -> _Target:
    if not turn.subject.startswith("change/"):
        person = turn.require(Act.EDIT_CONFIG)
        name = turn.subject.removeprefix("feed/") or named_feed(turn).name
        return _Target(person, name, agreed_yaml(turn, name))
    change = change_of(turn)
    person = editor_of(turn, change)
    proposal = proposal_of(turn, change)
    if change.goes_back or not proposal.yaml:
        raise NotNow(
            f"{change.id} is a revert",
            say="A revert brings back what was agreed before, so it can't be edited.",
            next_step="Withdraw it and edit the feed instead.",
        )
    profile = profile_of(turn, change) if change.profile is not None else None
    return _Target(person, proposal.feed, proposal.yaml, change, profile, proposal.built_yaml)


def _subject(turn: Turn) -> str:
    return turn.subject or f"feed/{named_feed(turn).name}"


def _title(piece: str) -> str:
    kind, _, name = piece.partition("/")
    return {"settings": "Settings", "column": f"Column {name}", "rule": f"Rule {name}"}.get(kind, piece)

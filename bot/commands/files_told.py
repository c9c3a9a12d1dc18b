"""What became of a file that people name: a delivery with its decision, a history, or a sample of a feed."""

import asyncio
import difflib
from dataclasses import dataclass
from datetime import timedelta

from bot.cards.text import md, quote, told
from bot.commands.waiting import state_in_words
from bot.files_asked import FilesAsked
from bot.presenters.alerts import moment
from bot.presenters.files import FileLine, file_card, files_card, no_file_card
from bot.turn import Asked, Turn
from domain.acts.held_twins import decides_about
from domain.approval.approval_requests import cards_of
from domain.approval.approvals import ApprovalRequest, Say, Verdict
from domain.configuration.changes import ConfigChange
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.identity.access import Act
from domain.identity.chat import Place
from domain.identity.people import Person
from domain.ids import PersonId
from domain.ports.transactions import UnitOfWork

_MOST, _MOST_LISTED, _MOST_NAMES = 5, 30, 300
_RECENT, _NAMES_OF = timedelta(days=7), timedelta(days=60)
_NEAR = 3


@dataclass(frozen=True)
class FileFacts:
    """What is asked of files, with what was found by the name before the transaction."""

    asked: FilesAsked
    errands: tuple[Errand, ...] = ()
    changes: tuple[ConfigChange, ...] = ()

    @property
    def is_known(self) -> bool:
        """Return whether anything is known of the file."""
        return bool(self.errands or self.changes)


async def look_at_file(asked: Asked, wanted: FilesAsked) -> FileFacts:
    """Read what is known of a file by its name."""
    if asked.tools.reading is None or wanted.is_list:
        return FileFacts(wanted)
    return await asyncio.to_thread(_look, asked, wanted)


def _look(asked: Asked, wanted: FilesAsked) -> FileFacts:
    who = _alone(asked.person, asked.incoming.place)
    if asked.tools.reading is None:
        return FileFacts(wanted)
    with asked.tools.reading() as uow:
        came = uow.kept_files.handed_in(wanted.name, _MOST, lambda one: one.may_be_told_to(who))
        changes = uow.kept_files.samples_named(
            wanted.name,
            _MOST,
            lambda one: not one.place.is_private or who in (one.requested_by, *one.authors),
        )
    return FileFacts(wanted, tuple(one.errand for one in came), tuple(changes))


def tell_files(turn: Turn, facts: FileFacts) -> None:
    """Say what became of a file, or which came; put the question about a held one where it was asked for."""
    turn.require(Act.SEE_FEEDS)
    if facts.asked.is_list:
        _list(turn, facts.asked)
        return
    if not facts.is_known:
        turn.say(no_file_card(facts.asked.name, _names_near(turn, facts.asked.name)))
        return
    lines = [(one.at, _line_of_errand(turn, one)) for one in facts.errands]
    lines += [(one.opened_at, _line_of_change(turn, one)) for one in facts.changes]
    newest_first = [line for _, line in sorted(lines, key=lambda one: one[0], reverse=True)][:_MOST]
    pending = [one for errand in facts.errands if (one := _pending(turn.uow, errand.id)) is not None]
    is_shown = facts.asked.is_order and bool(pending)
    turn.say(file_card(facts.asked.name, newest_first, waits=bool(pending), is_shown=is_shown))
    for request in pending if is_shown else ():
        for card in cards_of(request, [turn.thread], turn.now):
            turn.uow.postings.add(card)


def _list(turn: Turn, asked: FilesAsked) -> None:
    window = asked.window
    since, until = (window.since, window.until) if window else (turn.now - _RECENT, turn.now)
    found = turn.uow.kept_files.handed_in_between(
        since,
        until + timedelta(minutes=1),
        _MOST_NAMES,
        lambda one: (
            (not asked.feeds or one.errand.feed in asked.feeds)
            and one.may_be_told_to(_alone(turn.person, turn.incoming.place))
            and (not asked.is_held or one.was_asked_about)
        ),
    )
    listed = [one.errand for one in found[:_MOST_LISTED]]
    rows = [(one.file_name or "without a name", _line_of_errand(turn, one)) for one in listed]
    when = window.words if window else "in the last 7 days"
    turn.say(files_card(rows, len(found), f"held back {when}" if asked.is_held else when, asked.feeds))


def _line_of_errand(turn: Turn, errand: Errand) -> FileLine:
    at = moment(errand.at, turn.tools.zone, turn.now)
    if errand.kind is ErrandKind.IMPORT_RUNS:
        how = "is being read" if errand.state is ErrandState.WANTED else told(errand.sentence)
        return FileLine(at, "a history of runs", how)
    what = md("a delivery of **{feed}**", feed=errand.feed)
    known = turn.uow.quality.state_of(errand.id)
    if known is None:
        return FileLine(at, what, _not_scored(errand))
    state, score = known
    request = _newest_request(turn.uow, errand.id)
    how = f"quality {score.overall:.0f} of 100, {_state(turn, errand, state, request)}"
    why = (
        [score.broken]
        if score.broken
        else list(score.findings[:2])
        if state is not DeliveryState.RELEASED
        else []
    )
    return FileLine(at, what, how, tuple(quote(one) for one in why))


def _not_scored(errand: Errand) -> str:
    if errand.state is ErrandState.WANTED:
        return "is being scored"
    return told(errand.sentence) or "was not scored"


def _state(turn: Turn, errand: Errand, state: DeliveryState, request: ApprovalRequest | None) -> str:
    if state is DeliveryState.HELD:
        until = moment(request.expires_at, turn.tools.zone, turn.now) if request is not None else ""
        who = quote(decides_about(turn.uow, errand))
        return f"**held back**; {who} can decide until {until}" if until else "**held back**"
    if request is None:
        return "released: nothing spoke against it" if state is DeliveryState.RELEASED else "refused"
    return _decided(turn, state, request)


def _decided(turn: Turn, state: DeliveryState, request: ApprovalRequest) -> str:
    if request.verdict is Verdict.EXPIRED:
        return "kept out, because nobody decided in time"
    word = Say.YES if state is DeliveryState.RELEASED else Say.NO
    said = [one for one in turn.uow.approvals.decisions(request.id) if one.say is word]
    who = quote(turn.uow.people.get(said[-1].person).name) if said else "the policy"
    at = moment(said[-1].at, turn.tools.zone, turn.now) if said else ""
    because = f": {quote(said[-1].reason)}" if said and said[-1].reason else ""
    return f"{state.value} by {who} {at}{because}".strip()


def _line_of_change(turn: Turn, change: ConfigChange) -> FileLine:
    what = md("a sample of **{feed}**", feed=change.feed) if change.feed else "a sample of a feed"
    at = moment(change.opened_at, turn.tools.zone, turn.now)
    return FileLine(at, what, quote(state_in_words(change.state)))


def _alone(person: Person | None, place: Place) -> PersonId | None:
    """Return who reads what nobody else reads: in a channel nothing is told that was dropped in private."""
    return person.id if person is not None and place.is_private else None


def _newest_request(uow: UnitOfWork, delivery: str) -> ApprovalRequest | None:
    asked = uow.approval_list.of_subject(f"delivery/{delivery}")
    return asked[-1] if asked else None


def _pending(uow: UnitOfWork, delivery: str) -> ApprovalRequest | None:
    request = _newest_request(uow, delivery)
    return request if request is not None and request.verdict is Verdict.PENDING else None


def _names_near(turn: Turn, name: str) -> list[str]:
    """Return the names of deliveries that come near one that is not known."""
    who = _alone(turn.person, turn.incoming.place)
    recent = turn.uow.kept_files.handed_in_between(
        turn.now - _NAMES_OF,
        turn.now,
        _MOST_NAMES,
        lambda one: one.may_be_told_to(who) and bool(one.errand.file_name and one.errand.feed),
    )
    names = {one.errand.file_name.rpartition("/")[2] for one in recent}
    return difflib.get_close_matches(name, sorted(names), n=_NEAR, cutoff=0.7)

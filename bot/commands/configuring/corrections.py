"""Corrections in words: what people say of a sample in its thread, to us or among themselves.

Among themselves people say much; what is no correction of a known column is nobody's business of ours.
"""

import re

from bot.cards.model import Reply
from bot.cards.text import md, told
from bot.commands.configuring.changes import (
    EDITABLE,
    editor_of,
    is_of_ones_own,
    keep,
    profile_of,
    proposal_of,
    propose_anew,
)
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.configuration.changes import ChangeState, ConfigChange
from domain.configuration.corrections import Correction, Heard, answers_in, of_columns, replaced
from domain.errors import BadInput, NotNow
from domain.identity.access import Act, may
from domain.ids import RequestId
from domain.proof.audit import AuditAct

_NO_COLUMN = r"(?:i|we|you|he|she|they|it|this|that|there|here|who|what|everybody|everyone|nobody|somebody)"
_SAYS_HOW = re.compile(
    rf"\b(?:key|schlüssel|(?!{_NO_COLUMN} )\w{{1,80}} (?:(?:is|are) (?:text|a|not|day|month|never"
    r"|in (?!an? |the |my |our |your |his |her |their |here|there|late|today|tomorrow))"
    r"|(?:ist|sind) (?:text|eine?|keine?|tag|monat|nie"
    r"|in (?!eine|der |dem |den |unser|mein|urlaub|rente))))\b",
    re.IGNORECASE,
)
"""What may be a correction, as long as no columns are known to tell: Ben is in a meeting, no column is."""
_OF_THE_FEED = re.compile(
    r"\b(?:it|this|that|feed|file|load(?:ed|s)?|arriv\w+|comes|runs|sent|owner|owned|team|critical\w*)\b|\d",
    re.IGNORECASE,
)
"""Says that a setting of the feed is meant: a bare *every friday* also answers when people meet."""
LONGEST_WORDS = 500
_MOST_WAITING = 5
_SHORTEST = 4
"""Signs: `no key` is the shortest of all corrections that says what it corrects."""


def heard(turn: Turn) -> Reply | None:
    """Take what is said of the sample whose thread this is; None where it is about something else."""
    text = turn.incoming.text.strip()
    if turn.person is None or len(text) < _SHORTEST or text.endswith("?"):
        return None
    change = _change_of_thread(turn)
    if change is None or change.goes_back:
        return None
    is_editor = may(turn.person, Act.EDIT_CONFIG) and is_of_ones_own(turn, turn.person, change)
    if change.state is ChangeState.READING and is_editor and _says_how(turn, text):
        _wait_for_columns(turn, change)
        turn.say(sentence("Noted", "I'm still reading the sample, and take it once its columns are known."))
        return Reply()
    if change.profile is None:
        return None
    if not turn.incoming.addressed and (not is_editor or change.state not in EDITABLE):
        return None
    found = _understood(turn, change)
    is_bare = bool(found.corrections) and not (of_columns(found.corrections) or _OF_THE_FEED.search(text))
    if not found.is_about_columns or (
        is_bare and not turn.incoming.addressed and change.proposal is not None
    ):
        return None
    editor_of(turn, change)
    if found.objection:
        raise BadInput("correction refused", say=found.objection)
    _take(turn, change, found.corrections)
    return Reply()


def _says_how(turn: Turn, text: str) -> bool:
    """Return whether a text may say how a column is; what is said of one of our people does not."""
    names = {name for person in turn.uow.people.everybody() for name in person.name.lower().split()}
    return bool(_SAYS_HOW.search(text)) and text.split()[0].lower().strip("@,:") not in names


def heard_beside_again(turn: Turn, change: ConfigChange) -> None:
    """Take what who may edit an open change writes beside its bytes; what can't be is said."""
    person = turn.person
    if person is None or change.goes_back:
        return
    if not (may(person, Act.EDIT_CONFIG) and is_of_ones_own(turn, person, change)):
        return
    if change.state is ChangeState.READING and turn.incoming.text.strip():
        _wait_for_columns(turn, change)
        return
    if change.profile is None or change.state not in EDITABLE:
        return
    found = _understood(turn, change)
    if found.is_about_columns and found.objection:
        turn.say(sentence("Not taken", found.objection))
    elif found.is_about_columns:
        _take(turn, change, found.corrections)


def _wait_for_columns(turn: Turn, change: ConfigChange) -> None:
    """Keep a message until the columns that it speaks of are known; a reading under way begins anew."""
    person = turn.require(Act.EDIT_CONFIG)
    waiting = (*change.said_since, (person.id, turn.incoming.text.strip()[:LONGEST_WORDS]))
    if len(waiting) > _MOST_WAITING:
        again = "Say the rest when its columns are on the card."
        raise NotNow("too much waits", say="I'm still reading the sample.", next_step=again)
    keep(turn, change.model_copy(update={"said_since": waiting, "revision": change.revision + 1}))


def _understood(turn: Turn, change: ConfigChange) -> Heard:
    yaml = proposal_of(turn, change).yaml if change.proposal is not None else ""
    return turn.tools.configurator.hear(turn.incoming.text.strip(), profile_of(turn, change), yaml)


def _take(turn: Turn, change: ConfigChange, corrections: tuple[Correction, ...]) -> None:
    """Keep or build what was said, and say so."""
    if change.proposal is None or change.state is ChangeState.ASKING:
        _note(turn, change, corrections)
        more = "It is in the configuration that I build when the questions are answered."
    else:
        more = _rebuild(turn, change, corrections)
    lines = "\n".join(f"• {told(one.say)}" for one in corrections)
    # Several samples may have been dropped in one thread: what is said there is of the newest.
    of_what = change.feed or next((file.name for file in change.files), "")
    turn.say(sentence(md("Taken of {what}", what=of_what) if of_what else "Taken", f"{lines}\n{more}"))


def _note(turn: Turn, change: ConfigChange, fresh: tuple[Correction, ...]) -> None:
    """Keep what was said until the configuration is built."""
    person = editor_of(turn, change)
    keep(
        turn,
        change.model_copy(
            update={
                "corrections": replaced(change.corrections, fresh),
                "answers": change.answers | answers_in(fresh),
                "authors": change.authors | {person.id},
            }
        ),
    )
    turn.record(AuditAct.CHANGE_ANSWERED, change.subject, said=str(len(fresh)))


def _rebuild(turn: Turn, change: ConfigChange, fresh: tuple[Correction, ...]) -> str:
    """Put what was said into the proposal, and return what comes next; the review opens anew."""
    person = editor_of(turn, change)
    before = proposal_of(turn, change)
    proposal = turn.tools.configurator.correct(before, fresh, profile_of(turn, change))
    if proposal.yaml == before.yaml:
        return "The configuration says so already."
    blob = propose_anew(turn, change, proposal, person.id, sentence="")
    turn.record(AuditAct.CHANGE_PROPOSED, change.subject, said=str(len(fresh)), proposal=blob[:16])
    return "It needs fixing before review." if proposal.blocks else "The review opens anew."


def _change_of_thread(turn: Turn) -> ConfigChange | None:
    place = turn.incoming.place
    if not place.thread:
        return None
    subject = turn.uow.posting_lookup.subject_of_thread(place, "change")
    return turn.uow.changes.get(RequestId(subject.removeprefix("change/"))) if subject else None

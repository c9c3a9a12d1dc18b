"""Who approved "it": the plan or change whose thread this is, or the plan that somebody just looked at."""

import asyncio
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.cards.text import md
from bot.named_feeds import feeds_in
from bot.presenters.alerts import moment
from bot.presenters.sentences import sentence
from bot.thread_subjects import subject_of_thread
from bot.turn import Asked, Turn
from domain.approval.approvals import Say, Verdict
from domain.identity.access import Act
from domain.ids import RequestId
from domain.ports.transactions import UnitOfWork

_ASKS = re.compile(
    r"(?:and |so |but )?(?:who (?:has |already |had )*"
    r"(?:approved|rejected|declined|signed off|decided|said (?:yes|no))"
    r"|(?:is|was|has|did) (?:it|this|that|the plan|anybody|anyone|somebody|someone)"
    r" (?:been |already )*(?:approved?|rejected|signed off|say yes|said yes))"
    r"(?: (?:it|this|that|the plan|on it|to it|yet|already|now))*"
)
_OF_A_PLAN = re.compile(r"(?i)^\W*(?:fix|plan|undo|remediate)\b")
_RECENT = 50


@dataclass(frozen=True)
class Decided:
    """What "it" is, as its approvals name it."""

    subject: str


async def decided_about(
    asked: Asked, text: str, names: Collection[str], earlier: Sequence[str]
) -> Decided | None:
    """Return what a text asks about who approved it; None where it asks anything else."""
    said = " ".join(text.lower().split()).strip(" ?!.")
    if asked.tools.reading is None or not _ASKS.fullmatch(said) or feeds_in(said, names):
        return None
    subject = await asyncio.to_thread(_subject, asked, earlier)
    return Decided(subject) if subject else None


def _subject(asked: Asked, earlier: Sequence[str]) -> str:
    place, person = asked.incoming.place, asked.person
    if asked.tools.reading is None:
        return ""
    with asked.tools.reading() as uow:
        for kind in ("plan", "change"):
            if found := subject_of_thread(uow, place, kind):
                return found
        if person is None or not earlier or not _OF_A_PLAN.match(earlier[0]):
            return ""
        named = {word.strip("`*.,?!") for word in earlier[0].split()}
        recent = uow.fixes.recent(_RECENT)
        mine = [one for one in recent if one.requested_by == person.id and one.place.channel == place.channel]
        return next((one.subject for one in [*(one for one in recent if one.id in named), *mine]), "")


def tell_decided(turn: Turn, decided: Decided) -> None:
    """Tell who said what about it, or that nobody was asked."""
    turn.require(Act.SEE_FEEDS)
    requests = turn.uow.approval_list.of_subject(decided.subject)
    if not requests:
        turn.say(sentence("Who approved it", _unasked(turn.uow, decided.subject)))
        return
    request = requests[-1]
    names = {person.id: person.name for person in turn.uow.people.everybody()}
    lines = [
        md(
            "**{who}** said {what}, {when}.",
            who=names.get(one.person, "somebody"),
            what="yes" if one.say is Say.YES else "no",
            when=moment(one.at, turn.tools.zone, turn.now),
        )
        for one in turn.uow.approvals.decisions(request.id)
    ]
    state = "waits for approval" if request.verdict is Verdict.PENDING else f"is {request.verdict.value}"
    about = md("**{title}** {state}.", title=request.title, state=state)
    turn.say(sentence("Who approved it", " ".join([about, *(lines or ["Nobody has decided."])])))


def _unasked(uow: UnitOfWork, subject: str) -> str:
    kind, _, name = subject.partition("/")
    fix = uow.fixes.get(RequestId(name)) if kind == "plan" else None
    if fix is not None and fix.rule:
        return md("Rule **{rule}** of the policy approved it, no person.", rule=fix.rule)
    return "Nobody: no approval was asked for yet."

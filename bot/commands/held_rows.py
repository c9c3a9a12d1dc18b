"""Show all that is known of rows that are held back; ask anew what nobody decided in time."""

from bot.cards.model import Reply
from bot.cards.text import md
from bot.commands.pages import pages
from bot.intents import Area
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.acts.delivery_ends import ask_again, may_be_asked_again
from domain.approval.approvals import ApprovalRequest
from domain.data_quality.publications import in_words
from domain.errors import NotFound, NotNow
from domain.identity.access import Act
from domain.ids import ApprovalId
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct


def show_everything(turn: Turn) -> Reply:
    """Show every finding to the one who asked, and remember that they opened this version."""
    person = turn.require(Act.ASK)
    request = turn.uow.approvals.get(ApprovalId(turn.subject.removeprefix("approval/")))
    kind, _, name = request.subject.partition("/")
    text = _of_delivery(turn.uow, name) if kind == "delivery" else _of_day(turn.uow, name)
    turn.uow.approvals.note_read(request.id, person.id, request.subject_hash, turn.now)
    turn.record(AuditAct.APPROVAL_SEEN, f"approval/{request.id}", subject_hash=request.subject_hash)
    return Reply(whispers=pages(_title(request), [("What was found", text)], _lead(request)))


def again(turn: Turn) -> Reply:
    """Let rows be judged and asked about once more whose question expired."""
    turn.require(Act.ACKNOWLEDGE_ALERT)
    request = turn.uow.approvals.get(ApprovalId(turn.subject.removeprefix("approval/")))
    if not may_be_asked_again(turn.uow, request):
        say = "It was asked again already, or decided meanwhile."
        raise NotNow(f"{request.id} is over", say=say, next_step="Say `waiting` for what is open.")
    kind, story = ask_again(turn.uow, request, turn.now)
    blob = turn.uow.errands.get(story).blob
    if blob is not None and not turn.tools.blobs.holds(blob):
        raise NotNow(
            f"{story} is tidied away",
            say="Its file is not kept any more, so it can't be looked at again.",
            next_step="Deliver it once more, under another name.",
        )
    turn.record(AuditAct.APPROVAL_ASKED, f"approval/{request.id}", did="asked again")
    turn.uow.postings.refresh(request.subject, turn.now)
    turn.nudge(kind, story)
    said = "I look at it once more, and ask anew where this question stands."
    return Reply(whispers=(sentence("Asked again", said),))


def _title(request: ApprovalRequest) -> str:
    return f"All of {request.title.partition('?')[0]}"


def _lead(request: ApprovalRequest) -> str:
    return md("Exactly this is decided about: `{digest}`.", digest=request.subject_hash[:16])


def _of_delivery(uow: UnitOfWork, name: str) -> str:
    known = uow.quality.state_of(name)
    if known is None:
        raise NotFound(f"no score of {name}", say="I don't know that delivery any more.")
    score, errand = known[1], uow.errands.get(name)
    lines = [f"File: {errand.file_name}, SHA-256 {errand.blob}", f"Quality: {score.overall:.2f} of 100"]
    lines += [f"Broken: {score.broken}"] if score.broken else []
    lines += [f"{dimension}: {value:.2f}" for dimension, value in score.dimensions.items()]
    return "\n".join([*lines, *score.findings, *score.drift])


def _of_day(uow: UnitOfWork, name: str) -> str:
    day = uow.publications.find(name)
    if day is None:
        raise NotFound(f"no day {name}", say="I don't know that day any more.")
    lines = [f"{day.feed}, {day.business_date}", f"Rows that differ: {day.rows:,}"]
    return "\n".join([*lines, *(in_words((one,)) + _detail(one.detail) for one in day.differs)])


def _detail(text: str) -> str:
    return f": {text}" if text else ""


AREA = Area(buttons={"rows.everything": show_everything, "rows.again": again})

"""Show all that is known of rows that are held back, to whoever decides about them."""

from bot.cards.model import Reply
from bot.cards.text import md
from bot.commands.pages import pages
from bot.intents import Area
from bot.turn import Turn
from domain.approval.approvals import ApprovalRequest
from domain.data_quality.publications import in_words
from domain.errors import NotFound
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


AREA = Area(buttons={"rows.everything": show_everything})

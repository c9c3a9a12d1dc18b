"""The same bytes again while they are held back: the question that waits already is enough."""

from domain.approval.approvals import Verdict
from domain.approval.policy import who_could
from domain.errands import Errand
from domain.ports.transactions import UnitOfWork

_NAMED = 4


def held_twin(uow: UnitOfWork, errand: Errand) -> Errand | None:
    """Return an earlier delivery of the same bytes that is held back, None when there is none."""
    for name in uow.quality.held(errand.feed):
        held = uow.errands.find(name)
        if held is not None and held.id != errand.id and held.blob == errand.blob:
            return held
    return None


def decides_about(uow: UnitOfWork, held: Errand) -> str:
    """Return who can decide about a delivery that is held back, such as "Ada or Ben"."""
    pending = [
        one for one in uow.approval_list.of_subject(f"delivery/{held.id}") if one.verdict is Verdict.PENDING
    ]
    if not pending:
        return "nobody"
    request = pending[-1]
    decided = {decision.person for decision in uow.approvals.decisions(request.id)}
    barred = frozenset(request.authors | {request.requested_by} | decided)
    names = [one.name for one in who_could(request.needs, uow.people.everybody(), barred)]
    return " or ".join([*names[:_NAMED], *(["others"] if len(names) > _NAMED else [])]) or "nobody"

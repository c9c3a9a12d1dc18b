"""Paint the live cards of incidents from the truth; reports never change, so parsed ones are remembered."""

from functools import lru_cache

from bot.cards.model import Card
from bot.presenters.incidents import incident_card
from domain.acts.incident_fixes import fixes_of
from domain.ids import BlobId, IncidentId
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.ports.blobs import BlobStore
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting

_REMEMBERED = 64
_NEWEST = 6


class IncidentPainters:
    """Draw incidents."""

    def __init__(self, blobs: BlobStore) -> None:
        @lru_cache(maxsize=_REMEMBERED)
        def report(blob: BlobId) -> DiagnosisReport:
            return DiagnosisReport.model_validate_json(blobs.get(blob))

        self._report = report

    def incident(self, posting: Posting, uow: UnitOfWork) -> Card:
        """Return the live card of an incident as it stands."""
        incident = uow.incidents.get(IncidentId(posting.subject.removeprefix("incident/")))
        return incident_card(
            incident,
            self._report(incident.report) if incident.report else None,
            uow.timeline.of(incident.id, _NEWEST),
            {person.id: person for person in uow.people.everybody()},
            fixes_of(uow, incident),
        )

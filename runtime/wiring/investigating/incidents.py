"""The diagnostician behind its port: evidence, engine, past incidents, track record and pictures."""

import time

from pydantic import ValidationError

from domain.errors import NotFound
from domain.ids import BlobId
from domain.investigation.diagnosis import Diagnosis
from domain.investigation.diagnosis_report import AlikeIncident, DiagnosisReport, ModelBounds, TrackRecord
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.diagnostician import EvidenceGatherer, Examined, Inquiry, Show, SourceLinks
from domain.ports.language_model import LanguageModel
from domain.ports.transactions import Opening

_NEAR = 0.1
_ENOUGH_JUDGED = 5
_MOST_PAST = 150
_MATERIAL_TOKENS = 6_000


class EngineDiagnostician:
    """Implements `Diagnostician` with our engine. For the heavy process: its imports cost seconds."""

    def __init__(
        self,
        gatherer: EvidenceGatherer,
        blobs: BlobStore,
        reading: Opening,
        clock: Clock,
        model: LanguageModel | None = None,
        bounds: ModelBounds | None = None,
        *,
        links: SourceLinks | None = None,
    ) -> None:
        self._gatherer = gatherer
        self._blobs = blobs
        self._reading = reading
        self._clock = clock
        self._model = model
        self._bounds = bounds or ModelBounds()
        self._links = links

    def examine(self, inquiry: Inquiry) -> Examined:
        """Return the diagnosis, made without any language model."""
        from rca.cases.case_pack import packed
        from rca.report import make_report

        begun = time.monotonic()
        gathered = self._gatherer.gather(inquiry)
        report = make_report(
            inquiry.incident,
            inquiry.number,
            gathered.case,
            gathered.run,
            made_at=self._clock.now(),
            where_from=gathered.where_from,
            links=self._links,
            dropped=gathered.dropped,
            looked=gathered.looked,
            ruled_out=inquiry.ruled_out,
            model_tokens=_MATERIAL_TOKENS if self._model is not None else 0,
        )
        more = {
            "alike": self._alike(inquiry, report.diagnosis),
            "record": self._record(report.diagnosis.confidence, of_services=gathered.run is None),
            "seconds": round(time.monotonic() - begun, 2),
        }

        def pack() -> bytes:
            return packed(gathered.case, gathered.run, report.diagnosis)

        return Examined(report.model_copy(update=more), None if gathered.is_kept else pack)

    def reword(self, inquiry: Inquiry, report: DiagnosisReport, show: Show) -> DiagnosisReport:
        """Return the report with a model's words; the same when there is no model."""
        if self._model is None or report.model is not None:
            return report
        from rca.words.wording import worded

        return worded(report, self._model, inquiry.on_behalf_of, self._bounds, show)

    def draw(self, report: DiagnosisReport) -> tuple[bytes, ...]:
        """Return pictures as PNG: the series that turned, then the path of the trouble."""
        from rca.pictures.drawing import draw_charts, draw_map

        drawn = (draw_charts(report.charts), draw_map(report.map, "Path of the trouble"))
        return tuple(png for png in drawn if png)

    def _alike(self, inquiry: Inquiry, diagnosis: Diagnosis) -> tuple[AlikeIncident, ...]:
        from rca.similar import PastIncident, find_similar, fingerprint

        with self._reading() as uow:
            past = [i for i in uow.incidents.newest(_MOST_PAST) if i.resolved_at and i.report]
        known = {}
        alike = []
        for incident in past:
            former = self._former(incident.report)
            if incident.id == inquiry.incident or former is None or incident.resolved_at is None:
                continue
            known[str(incident.id)] = incident
            cause = incident.true_cause() or incident.cause
            closed = incident.resolved_at.timestamp()
            alike.append(PastIncident(incident.id, fingerprint(former.diagnosis), cause, closed))
        return tuple(
            AlikeIncident(
                incident=found.past.incident_id,
                title=known[found.past.incident_id].title,
                cause=found.past.cause,
                score=round(found.score, 3),
                shared=found.shared,
            )
            for found in find_similar(diagnosis, alike, most=3)
        )

    def _former(self, report: BlobId | None) -> DiagnosisReport | None:
        if report is None:
            return None
        try:
            return DiagnosisReport.model_validate_json(self._blobs.get(report))
        except (NotFound, ValidationError):
            # One former report that is gone, or can't be read any more, must not end every new diagnosis.
            return None

    def _record(self, sure: float, *, of_services: bool) -> TrackRecord | None:
        """Return how often such confidence was right: here, or on test incidents while few were judged.

        Those were all about services: of a feed's run nothing is known before people judged some.
        """
        from rca.verdict.confidence import track_record

        with self._reading() as uow:
            near = [judged for judged in uow.incidents.judged() if abs(judged.confidence - sure) <= _NEAR]
        if len(near) >= _ENOUGH_JUDGED:
            right = sum(judged.was_right for judged in near)
            return TrackRecord(right=right, judged=len(near), source="here")
        shipped = track_record(sure) if of_services else None
        if shipped is None:
            return None
        return TrackRecord(right=shipped[0], judged=shipped[1], source="the test incidents")


def warm_up() -> None:
    """Import the engine and draw a first picture, so that the first question is answered as fast as any."""
    from domain.investigation.diagnosis_report import MapSlice
    from rca import report
    from rca.pictures.drawing import draw_map

    draw_map(MapSlice(nodes=(("a", "service"),)), report.__name__)

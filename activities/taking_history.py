"""Take in the history of a file that somebody dropped, and let a model be fitted to it."""

from activities.errand_answers import Answer
from domain.errands import Errand
from domain.errors import BadInput
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.errand_work import ErrandWork
from domain.ports.transactions import Opening
from domain.stories import StoryCall, StoryKind


class TakingHistory:
    """Does errands that import runs."""

    def __init__(self, work: ErrandWork, blobs: BlobStore, *, writing: Opening, clock: Clock) -> None:
        self._work = work
        self._blobs = blobs
        self._writing = writing
        self._clock = clock

    def answer(self, errand: Errand) -> Answer:
        """Import the errand's file and say how much of it was new; raises `BadInput` without one."""
        if errand.blob is None:
            raise BadInput("no file", say="There is no file to import.")
        now = self._clock.now()
        path = self._blobs.path(errand.blob)
        found = self._work.import_runs(path, errand.file_name, now, zone=errand.zone)
        if not found.taken:
            return Answer("Nothing imported", found.sentence)
        with self._writing() as uow:
            for kind, subject in ((StoryKind.TRAINING, "failures"), (StoryKind.WATCH, "main")):
                key = f"{kind}/{subject}#{errand.id}"
                uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))
        if not found.new:
            return Answer("This history was known already", found.sentence)
        told = f"{found.sentence} A model is fitted next; say scorecard to see how good it is."
        return Answer("History imported", told)

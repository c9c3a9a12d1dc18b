"""Work that somebody asked for and that takes longer than an answer may: imports, comparisons, scorings."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.identity.chat import Place
from domain.ids import BlobId, PersonId
from domain.remediation.scripts import ScriptWish

PIPELINE = "pipeline "
"""Begins the name under which a pipeline asks; its source follows."""


class ErrandKind(StrEnum):
    """What is to be done."""

    IMPORT_RUNS = "import_runs"
    SCORE_DELIVERY = "score_delivery"
    RECONCILE = "reconcile"
    PROPOSE_FIX = "propose_fix"
    DRAFT_SCRIPT = "draft_script"


class ErrandState(StrEnum):
    """How far it is."""

    WANTED = "wanted"
    DONE = "done"
    FAILED = "failed"


class Errand(BaseModel):
    """One piece of work; its answer goes to `place`, the thread in which it was asked for."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: ErrandKind
    state: ErrandState = ErrandState.WANTED
    asked_by: PersonId
    place: Place
    at: datetime
    feed: str = ""
    business_date: str = ""
    blob: BlobId | None = None
    file_name: str = ""
    zone: str = ""
    """By whose clock the times of an imported history are that name no zone."""
    fix: str = ""
    """The attempt that a model is asked about."""
    wish: ScriptWish | None = None
    sentence: str = ""
    same_as: str = ""
    """The delivery of the same bytes that was held back already; what becomes of it holds for this one."""
    is_quiet: bool = False
    """A program asked: people hear of it only when there is something for them to do."""

    @property
    def is_of_program(self) -> bool:
        """Return whether a pipeline asked, with the key of a source."""
        return self.asked_by.startswith(PIPELINE)


class HandedIn(BaseModel):
    """A delivery or a history that came as a file."""

    model_config = ConfigDict(frozen=True)

    errand: Errand
    was_asked_about: bool
    """Whether rows of it were held back, so that approvers were asked about it by its name."""

    def may_be_told_to(self, person: PersonId | None) -> bool:
        """Return whether somebody may hear of it: what was dropped in private only whoever dropped it."""
        one = self.errand
        is_open = one.is_of_program or not one.place.is_private or one.asked_by == person
        return is_open or self.was_asked_about


MayTell = Callable[[HandedIn], bool]
"""Says of a file whether it is one of those that an answer may name."""


class DeliveryState(StrEnum):
    """What became of a scored delivery."""

    RELEASED = "released"
    HELD = "held"
    REFUSED = "refused"

"""In whose hands the trouble of a feed's rows is: who has it, who was called, until its rows are as usual."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain.ids import FeedName, PersonId, TeamId
from domain.running.feeds import Criticality
from domain.watch.alerts import AlertCall


class RowCare(BaseModel):
    """What people did about one trouble; the trouble itself is read off the scores."""

    model_config = ConfigDict(frozen=True)

    subject: str
    """How postings name the trouble."""
    feed: FeedName
    team: TeamId
    criticality: Criticality = Criticality.NORMAL
    announced_at: datetime
    """From when people could read its card: after the quiet hours."""
    acknowledged_by: PersonId | None = None
    acknowledged_at: datetime | None = None
    calls: tuple[AlertCall, ...] = ()
    closed_at: datetime | None = None

    @property
    def teams(self) -> tuple[TeamId, ...]:
        """Return further teams whose feeds its card tells of: rows are one feed's."""
        return ()

    @property
    def waits(self) -> bool:
        """Return whether nobody has it yet, so that people may be called."""
        return self.closed_at is None and self.acknowledged_by is None

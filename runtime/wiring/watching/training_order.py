"""What the training process is told on its standard input."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class TrainingOrder(BaseModel):
    """One training; `key` is the hex key under which model files are signed.

    `drifted` says why the estimates of the model in service are no longer trusted, empty while they are.
    """

    model_config = ConfigDict(frozen=True)

    database_url: str
    models: str
    key: str
    now: datetime
    alerts_a_week: float
    team_alerts_a_week: dict[str, float] = {}
    precision_bar: float
    shadow_alerts: int
    drifted: str = ""

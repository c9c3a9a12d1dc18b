"""A press on the card of an alert that is over: what became of it is the answer."""

from domain.errors import NotNow
from domain.watch.alerts import Alert


def refuse_when_over(alert: Alert) -> None:
    """Raise what says how the alert ended, when it has."""
    if not alert.is_open:
        raise NotNow(
            f"{alert.id} is closed",
            say=f"This alert of {alert.about} is over already. {alert.sentence}".strip(),
            next_step="Say `what will break` for those that are open.",
        )

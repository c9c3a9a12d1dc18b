"""Alerts of other systems become incidents, a delivery in one transaction."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from domain.identity.chat import Place
from domain.ports.alert_intake import ReportedAlert
from domain.ports.clock import Clock
from domain.ports.transactions import UnitOfWork
from storage.alert_delivery import AlertDelivery

_IN_A_TRANSACTION = 500
"""People press buttons meanwhile. What was taken of a delivery that broke off is known when it returns."""


class SqlAlertIntake:
    """Implements `AlertIntake`.

    Args:
        writing: Opens a transaction that writes.
        places: Where the incident channel is.
        wake: Tells courier and delivery of this process, where it has any.
    """

    def __init__(
        self,
        writing: Callable[[], AbstractContextManager[UnitOfWork]],
        places: Sequence[Place],
        clock: Clock,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._writing = writing
        self._places = tuple(places)
        self._clock = clock
        self._wake = wake

    def take(self, alerts: Sequence[ReportedAlert]) -> int:
        """Keep the alerts and return how many were new or changed."""
        changed = 0
        for first in range(0, len(alerts), _IN_A_TRANSACTION):
            some = alerts[first : first + _IN_A_TRANSACTION]
            with self._writing() as uow:
                # Two fronts may hear of one trouble at once: who comes second finds what the first opened.
                uow.incidents.hold_openings()
                delivery = AlertDelivery(uow, self._places, self._clock.now(), some)
                for alert in some:
                    changed += delivery.take(alert)
                delivery.keep()
        if changed:
            self._wake()
        return changed

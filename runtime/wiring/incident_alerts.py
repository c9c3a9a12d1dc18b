"""Who makes incidents of alerts, for the processes that take them."""

from collections.abc import Callable

from domain.ports.alert_intake import AlertIntake
from runtime.settings.house import Settings
from runtime.wiring.doors import channel_map
from runtime.wiring.stores import Stores
from storage.alert_intake import SqlAlertIntake


def open_alert_intake(
    settings: Settings, stores: Stores, wake: Callable[[], None] = lambda: None
) -> AlertIntake:
    """Return the intake that opens incidents in the incident channel of every connected platform."""
    places = channel_map(settings).get("incidents", ())
    return SqlAlertIntake(stores.transactions.writing, places, stores.clock, wake)

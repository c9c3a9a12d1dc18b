"""The alerts of a sweep as they stand meanwhile, found by the feeds that they tell of.

Looked for one by one among all others, the troubles of thousands of feeds took longer than the whole sweep.
"""

from collections.abc import Iterable, Iterator

from domain.ids import AlertId, FeedName
from domain.watch.alerts import Alert


class StandingAlerts:
    """Keeps alerts by their identity; one that is kept again is the same, changed."""

    def __init__(self, alerts: Iterable[Alert] = ()) -> None:
        self._alerts: dict[AlertId, Alert] = {}
        self._naming: dict[FeedName, set[AlertId]] = {}
        self._of_senders: set[AlertId] = set()
        for alert in alerts:
            self.keep(alert)

    def __iter__(self) -> Iterator[Alert]:
        """Return all of them, in the order in which they were first kept."""
        return iter(self._alerts.values())

    def keep(self, alert: Alert) -> None:
        """Keep an alert as it stands now."""
        self._alerts[alert.id] = alert
        for name in (alert.root, *alert.dependants):
            self._naming.setdefault(name, set()).add(alert.id)
        if alert.sender:
            self._of_senders.add(alert.id)

    def open_of(self, feeds: Iterable[FeedName]) -> list[Alert]:
        """Return the open alerts that tell of any of some feeds, the oldest first."""
        return self._open({key for name in feeds for key in self._naming.get(name, ())})

    def of_silent_senders(self) -> list[Alert]:
        """Return the open alerts of senders that have gone silent, the oldest first."""
        return self._open(self._of_senders)

    def _open(self, keys: Iterable[AlertId]) -> list[Alert]:
        found = (self._alerts[key] for key in keys)
        return sorted((one for one in found if one.is_open), key=lambda one: (one.opened_at, one.id))

"""PagerDuty through its events interface, version 2: one event for one trouble, resolved when it is over.

Its deduplication key is what the notice is about: neither a repeat nor a later step opens a second one.
"""

from collections.abc import Callable

import orjson

from domain.errors import OutsideTrouble
from domain.identity.people import Way
from domain.ports.notifier import Letter, Receipt
from domain.telling.notices import Fate
from integrations.outward_http import OutwardHttp

_SUMMARY = 1024


class PagerDuty:
    """Implements `Notifier` with events.

    Args:
        routing_key: Gives the integration key of a service.
        url: Address of the events interface.
    """

    way = Way.PAGERDUTY

    def __init__(self, routing_key: Callable[[], str], url: str) -> None:
        self._http = OutwardHttp("PagerDuty", url)
        self._routing_key = routing_key

    async def send(self, letter: Letter) -> Receipt:
        """Open an event, or join the open one about the same; raises `OutsideTrouble`."""
        payload = {
            "summary": letter.title[:_SUMMARY],
            "source": "dogwatch",
            "severity": "critical" if letter.is_urgent else "warning",
            "timestamp": letter.at.isoformat(),
            "custom_details": {"said": list(letter.lines)},
        }
        links = [{"href": letter.link, "text": "Open in Dogwatch"}]
        await self._event("trigger", letter.about, payload=payload, links=links)
        return Receipt(letter.about, is_followed=True)

    async def follow(self, receipt: str, *, is_over: bool) -> Fate:
        """Resolve the event once it is over here; raises `OutsideTrouble`."""
        if not is_over:
            return Fate.UNDER_WAY
        await self._event("resolve", receipt)
        return Fate.ARRIVED

    async def probe(self) -> str:
        """Say what is known without paging anybody: there is no call that only looks."""
        if not self._routing_key():
            raise OutsideTrouble("pagerduty: no key", say="the integration key is missing")
        return "an integration key is set (PagerDuty offers no call that only looks)"

    async def _event(self, action: str, key: str, **more: object) -> None:
        body = {"routing_key": self._routing_key(), "event_action": action, "dedup_key": key[:255], **more}
        headers = {"content-type": "application/json"}
        await self._http.call("POST", "/v2/enqueue", content=orjson.dumps(body), headers=headers)

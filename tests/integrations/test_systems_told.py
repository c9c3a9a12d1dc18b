"""A signed webhook and PagerDuty's events, against small servers that check what the real ones check."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web

from domain.errors import BadInput, OutsideTrouble
from domain.telling.notices import Fate
from integrations.pagerduty import PagerDuty
from integrations.webhook import SignedWebhook
from tests.counterparts.processes import free_ports
from tests.integrations.letters import a_letter

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
LETTER = a_letter()


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        """Return the moment."""
        return datetime(2026, 11, 22, 12, 1, tzinfo=UTC)


@dataclass
class Receiver:
    """Takes what is posted, and answers with a status."""

    url: str = ""
    status: int = 202
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep a call."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append((headers, await request.read()))
        return web.Response(status=self.status, text="what the receiver says")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    kept = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", kept.take)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    port = free_ports()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    kept.url = f"http://127.0.0.1:{port}"
    yield kept
    await runner.cleanup()


async def test_a_webhook_is_signed_as_standard_webhooks_say(receiver: Receiver) -> None:
    webhook = SignedWebhook(f"{receiver.url}/hook?team=a", lambda: SECRET, Clock())

    await webhook.send(LETTER)

    [(headers, body)] = receiver.calls
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(b"s" * 32, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == "k1"
    assert json.loads(body)["data"]["about"] == "incident/i1"


async def test_a_webhook_that_refuses_hangs_up_or_is_gone_is_told_apart(receiver: Receiver) -> None:
    webhook = SignedWebhook(receiver.url, lambda: SECRET, Clock())
    fates = []
    for status in (410, 500, 429):
        receiver.status = status
        with pytest.raises(OutsideTrouble) as raised:
            await webhook.send(LETTER)
        fates.append(raised.value.is_final)
        assert "what the receiver says" not in f"{raised.value} {raised.value.say}"

    assert fates == [True, False, False]


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("http://hooks.example.org", SECRET),
        ("https://user:word@hooks.example.org", SECRET),
        ("https://hooks.example.org", "short"),
        ("https://hooks.example.org", "whsec_not-base64-at-all!!"),
        ("https://hooks.example.org", "whsec_abcdefghijklmnopqrstu"),
        ("ftp://127.0.0.1/x", SECRET),
    ],
)
def test_an_address_in_clear_or_a_weak_secret_is_refused_at_the_start(url: str, secret: str) -> None:
    with pytest.raises(BadInput):
        SignedWebhook(url, lambda: secret, Clock())


async def test_one_trouble_is_one_event_at_pagerduty_and_is_resolved_when_it_is_over(
    receiver: Receiver,
) -> None:
    pager = PagerDuty(lambda: "R0UT1NG", receiver.url)

    receipt = await pager.send(LETTER)
    still = await pager.follow(receipt.id, is_over=False)
    over = await pager.follow(receipt.id, is_over=True)

    told = [json.loads(body) for _, body in receiver.calls]
    assert [one["event_action"] for one in told] == ["trigger", "resolve"]
    assert {one["dedup_key"] for one in told} == {"incident/i1"}
    assert told[0]["payload"]["severity"] == "critical"
    assert told[0]["links"][0]["href"] == LETTER.link
    assert (still, over) == (Fate.UNDER_WAY, Fate.ARRIVED)

"""Correctly signed button presses, made ahead of time so that a sender can post hundreds a second.

Slack's trigger ids are unique; so are these, and a repeated run with the same seed has the same ones.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier


@dataclass(frozen=True)
class SignedRequest:
    """What to POST, byte for byte; `key` is the key that the door gives this act."""

    body: bytes
    headers: dict[str, str]
    key: str


class SlackSigner:
    """Signs requests as Slack does."""

    def __init__(self, signing_secret: str) -> None:
        self._verifier = SignatureVerifier(signing_secret)

    def sign(self, body: str, content_type: str, at: float | None = None) -> dict[str, str]:
        """Return the headers of a body; `at` in Unix seconds, now when None."""
        timestamp = str(int(time.time() if at is None else at))
        signature = self._verifier.generate_signature(timestamp=timestamp, body=body)
        assert signature is not None
        return {
            "content-type": content_type,
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": signature,
        }

    def form(self, fields: dict[str, str], key: str = "") -> SignedRequest:
        """Return a signed form."""
        body = urlencode(fields)
        return SignedRequest(body.encode(), self.sign(body, "application/x-www-form-urlencoded"), key)

    def interactive(self, payload: dict[str, object], key: str = "") -> SignedRequest:
        """Return a signed interaction."""
        return self.form({"payload": json.dumps(payload, separators=(",", ":"))}, key)

    def event(self, payload: dict[str, object]) -> SignedRequest:
        """Return a signed event."""
        body = json.dumps(payload, separators=(",", ":"))
        return SignedRequest(body.encode(), self.sign(body, "application/json"), "")


def press(
    *,
    token: str,
    team: str,
    app: str,
    user: str,
    channel: str,
    trigger: str,
    message: str = "1700000000.000100",
) -> dict[str, object]:
    """Return the payload of one button press on a message of ours."""
    return {
        "type": "block_actions",
        "api_app_id": app,
        "team": {"id": team, "domain": "acme"},
        "user": {"id": user, "username": user.lower(), "name": user.lower(), "team_id": team},
        "container": {"type": "message", "message_ts": message, "channel_id": channel, "is_ephemeral": False},
        "channel": {"id": channel, "name": "ops"},
        "message": {"type": "message", "ts": message, "app_id": app, "text": "card"},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/unused",
        "trigger_id": trigger,
        "actions": [
            {
                "type": "button",
                "action_id": "press-0",
                "block_id": "actions-0",
                "value": token,
                "action_ts": message,
            }
        ],
    }


def presses(
    signing_secret: str,
    *,
    count: int,
    tokens: Sequence[str],
    team: str,
    app: str,
    channel: str,
    people: int = 200,
    seed: str = "load",
) -> Iterator[SignedRequest]:
    """Give `count` signed presses of these tokens in turn, by `people` people in turn.

    Sign shortly before sending: Slack's signatures are good for five minutes.
    """
    signer = SlackSigner(signing_secret)
    for number in range(count):
        trigger = f"{seed}.{number}"
        payload = press(
            token=tokens[number % len(tokens)],
            team=team,
            app=app,
            user=f"U{number % people:05d}",
            channel=channel,
            trigger=trigger,
        )
        yield signer.interactive(payload, key=f"slack:{team}:{trigger}")

"""The text message service: emulate's Twilio, and what a test does there as the network would."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.counterparts.processes import Counterpart, free_ports, need, node_program

ACCOUNT = "AC00000000000000000000000000000000"
TOKEN = "twilio-test-token"
NUMBER = "+15551234567"


@dataclass
class Twilio:
    """A running service."""

    counterpart: Counterpart
    url: str

    def messages(self) -> list[dict[str, Any]]:
        """Return what it took, oldest first."""
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        found: list[dict[str, Any]] = self._get(path)["messages"]
        return found[::-1]

    def move(self, sid: str, status: str) -> None:
        """Let the network say what became of a message."""
        self._post("/_twilio/simulate/message-status", {"MessageSid": sid, "Status": status})

    def answer(self, sender: str, body: str) -> None:
        """Let somebody answer by text message."""
        told = {"From": sender, "To": NUMBER, "Body": body}
        self._post("/_twilio/simulate/inbound-message", told)

    def _get(self, path: str) -> Any:
        return httpx.get(self.url + path, auth=(ACCOUNT, TOKEN), timeout=10).raise_for_status().json()

    def _post(self, path: str, form: dict[str, str]) -> None:
        httpx.post(self.url + path, data=form, auth=(ACCOUNT, TOKEN), timeout=10).raise_for_status()


def start_twilio(folder: Path, inbound_url: str = "") -> Twilio:
    """Start the service with one number; what people answer goes to `inbound_url`."""
    package = need("emulate")
    number = {"phone_number": NUMBER, "friendly_name": "Ops"}
    if inbound_url:
        number["sms_url"] = inbound_url
    account = {"sid": ACCOUNT, "auth_token": TOKEN}
    path = folder / "twilio.yaml"
    path.write_text(json.dumps({"twilio": {"account": account, "phone_numbers": [number]}}))  # JSON is YAML
    port = free_ports()
    command = [node_program(), str(package / "dist" / "index.js"), "start", "--host", "127.0.0.1",
               "--port", str(port), "--service", "twilio", "--seed", str(path)]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    return Twilio(Counterpart(command, f"{url}/", folder / "twilio.log"), url)

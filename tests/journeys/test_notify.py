"""A running house tells somebody by mail and text message; what they answer there does nothing."""

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest

from tests.counterparts.mail import PASSWORD, SENDER, USER, relay
from tests.counterparts.processes import free_ports
from tests.counterparts.twilio import ACCOUNT, NUMBER, TOKEN, start_twilio
from tests.journeys.house import house, wait_until
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.timeout(600)

PAGES = ("/incidents/i1", "/plans/p1", "/dashboard/changes/c1")
PHONE, MAIL = "+4915112345678", "erin@example.org"


def _people(folder: Path) -> str:
    erin = {
        "id": "erin", "name": "Erin Engel", "email": MAIL, "phone": PHONE, "roles": ["engineer", "on_call"],
        "accounts": [{"platform": "web", "workspace": "web", "user": "erin"}],
    }  # fmt: skip
    path = folder / "people.yaml"
    path.write_text(json.dumps({"people": [erin]}))  # JSON is YAML
    return str(path)


@pytest.mark.proves("N2", "K1")
def test_a_code_confirms_in_the_chat_alone_and_links_lead_to_the_sign_in(
    tmp_path: Path,
) -> None:
    port = free_ports()
    url = f"http://127.0.0.1:{port}"
    twilio = start_twilio(tmp_path, inbound_url=f"{url}/sms")
    with relay(tmp_path) as post:
        settings = {
            "WEB__PORT": str(port), "WEB__PUBLIC_URL": url, "PEOPLE_FILE": _people(tmp_path),
            "NOTIFY__MAIL_HOST": "127.0.0.1", "NOTIFY__MAIL_PORT": str(post.port),
            "NOTIFY__MAIL_FROM": SENDER, "NOTIFY__MAIL_USER": USER, "NOTIFY__MAIL_PASSWORD": PASSWORD,
            "NOTIFY__MAIL_CA_FILE": post.ca_file, "NOTIFY__SMS_ACCOUNT": ACCOUNT, "NOTIFY__SMS_TOKEN": TOKEN,
            "NOTIFY__SMS_FROM": NUMBER, "NOTIFY__SMS_URL": twilio.url,
        }  # fmt: skip
        with house(tmp_path / "data", **settings) as running:
            tested = running.run("notify", "test", "erin")
            [text] = twilio.messages()
            code = re.search(r"\b\d{8}\b", text["body"])
            assert code is not None, text
            twilio.answer(PHONE, f"contacts {code.group()}")
            asyncio.run(_answer_by_mail(port, code.group()))
            assert _confirmed(running.rows("SELECT document FROM contacts")) == []

            Visitor(running.url, "erin").say("data-feeds", f"contacts {code.group()}")
            wait_until(lambda: _confirmed(running.rows("SELECT document FROM contacts")))
            doctor = running.run("doctor").stdout
            pages = [httpx.get(f"{url}{page}") for page in PAGES]
            files = [path for path in [*(tmp_path / "data").rglob("*"), running.log] if path.is_file()]
            kept = b"".join(path.read_bytes() for path in files)
    twilio.counterpart.stop()

    assert tested.returncode == 0, tested.stderr
    assert "mail: taken. It carries a code" in tested.stdout
    assert (post.taken[0].recipients, text["to"]) == ((MAIL,), PHONE)
    assert re.search(r"ok +notifiers +mail: 127.0.0.1:\d+ takes our mail \(starttls\); sms: ", doctor), doctor
    assert [(page.status_code, page.headers["location"]) for page in pages] == [
        (303, f"/sign-in/?next={page}") for page in PAGES
    ]
    assert [word for word in (PASSWORD, TOKEN) if word.encode() in kept] == []


def _confirmed(rows: list[tuple[object, ...]]) -> list[str]:
    told = [json.loads(str(document)) for (document,) in rows]
    return [contact["way"] for contact in told if contact["confirmed_at"]]


async def _answer_by_mail(port: int, code: str) -> None:
    """Post what a mail gateway would, everywhere where somebody might have left a door."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for path in ("/sms", "/mail", "/notify", "/twilio", "/inbound"):
            answer = await client.post(path, data={"From": PHONE, "Body": f"contacts {code}"})
            assert answer.status_code in (403, 404, 405), (path, answer.status_code)

"""The first journey in Teams' personal chat, before Microsoft's Agents Playground."""

import functools
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.demo.samples import write_samples
from tests.counterparts.processes import free_ports
from tests.counterparts.teams import PERSONAL, Playground
from tests.journeys.house import House, house, wait_until
from tests.journeys.people import people_file
from tests.journeys.teams_talk import (
    TEAMS_SETTINGS,
    action_of,
    card_of,
    input_called,
    playground_of,
    proposed_in,
    wait_for_card,
)
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.timeout(600)
Json = dict[str, Any]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def files(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Serve samples as OneDrive would, with addresses that carry their own permission."""
    folder = write_samples(tmp_path / "samples")
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[House]:
    settings = {
        "WEB__PORT": str(free_ports()),
        "PEOPLE_FILE": str(people_file(tmp_path)),
        **TEAMS_SETTINGS,
    }
    with house(tmp_path / "data", **settings) as started:
        yield started


@pytest.fixture
def playground(running: House, tmp_path: Path) -> Iterator[Playground]:
    with playground_of(running.url, tmp_path) as started:
        yield started


@pytest.mark.proves("A4", "A9", "D6")
def test_a_file_sent_in_a_personal_chat_becomes_a_merged_feed_and_comes_back(
    running: House, playground: Playground, files: tuple[Path, str]
) -> None:
    _send_file(playground, "fx_trades.csv", files[1])
    card = wait_for_card(playground, "I read your sample")

    asked = card_of(playground.press(PERSONAL, card["messageId"], action_of(card["content"], "Answer")))
    named = input_called(asked, "Feed name")
    answers = proposed_in(asked) | {named: "fx_trades"}
    playground.press(PERSONAL, card["messageId"], action_of(asked, "Build the configuration"), answers)

    request = wait_for_card(playground, "Approve? Onboard feed fx_trades")
    own = playground.press(
        request["conversation"], request["messageId"], action_of(request["content"], "Approve")
    )
    assert "approver" in json.dumps(own) or "someone else" in json.dumps(own)

    ada = Visitor(running.url, "ada")
    ada.press(ada.wait_for("approvals", "Approve? Onboard feed fx_trades"), "Approve")
    merged = wait_for_card(playground, "Merged: fx_trades")
    assert merged["messageId"] == card["messageId"]
    assert wait_for_card(playground, "Approved: Onboard")["messageId"] == request["messageId"]

    playground.press(PERSONAL, merged["messageId"], action_of(merged["content"], "Revert"))
    ada.press(ada.wait_for("approvals", "Approve? Revert feed fx_trades"), "Approve")
    wait_until(lambda: running.rows("SELECT count(*) FROM feeds") == [(0,)])
    assert running.run("audit", "verify").returncode == 0


def _send_file(playground: Playground, name: str, served_at: str) -> None:
    def with_file(activity: Json) -> None:
        activity["type"] = "message"
        activity["id"] = "file-1"
        activity["text"] = "our trades"
        kind = "application/vnd.microsoft.teams.file.download.info"
        content = {"downloadUrl": f"{served_at}/{name}", "uniqueId": "f1", "fileType": "csv"}
        activity["attachments"] = [{"contentType": kind, "name": name, "content": content}]

    playground.write(PERSONAL, "hello")
    assert _sent(playground.custom, with_file) < 400


def _sent(custom: Callable[[str, Callable[[Json], None]], Any], change: Callable[[Json], None]) -> int:
    return int(custom(PERSONAL, change).status_code)

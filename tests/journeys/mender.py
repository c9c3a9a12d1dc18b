"""People who mend things in the web chat: begin a fix, approve it, read its card, stop it."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.journeys.house import WAIT_SECONDS, House, wait_until
from tests.journeys.house import house as started
from tests.journeys.visitor import Visitor, name_of, words

RUNBOOKS = Path(__file__).parent / "runbooks"
SETTINGS = {
    "REMEDIATION__RUNBOOKS_FOLDER": str(RUNBOOKS),
    # A journey has nothing to see in the half minute for which people watch what a script has done.
    "REMEDIATION__SCRIPT_WATCH_SECONDS": "1",
}
WRITE = (
    "from kit import path, send\n"
    "send('landing', 'PUT', path('file', path='by-script.txt'), {'text': 'mended'})\n"
)
"""A script that people adopt, with what takes it back and what tells whether it helped."""
UNDO = "from kit import ask, path\nask('landing', 'DELETE', path('file', path='by-script.txt'))\n"
CHECK = (
    "from kit import ask, path\n"
    "raise SystemExit(ask('landing', 'GET', path('file', path='by-script.txt'))[0] != 200)\n"
)
Json = dict[str, Any]
_ONE_YES = "rules: [{id: one, when: {act: [run_plan]}, needs: [{role: approver, count: 1}]}]\n"


@contextlib.contextmanager
def house_of_one_yes() -> Iterator[House]:
    """Start a house in which one approver's yes lets a plan run, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="dogwatch-mending-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        policy = folder / "policy.yaml"
        policy.write_text(_ONE_YES)
        with started(folder / "data", POLICY_FILE=str(policy), **SETTINGS) as running:
            yield running


def begin(visitor: Visitor, runbook: str, **inputs: str) -> str:
    """Ask for a runbook on the demo's feed, fill it in, and return the thread of its card."""
    said = visitor.say("incidents", f"fix orders-etl {runbook}")
    thread = str(said["message"]["id"])
    card = visitor.wait_for("incidents", "Ways out", thread)
    dialog = visitor.press(card, _label(card, "1 · "))["dialog"]
    named = {name_of(dialog["html"], label): value for label, value in inputs.items()}
    answer = visitor.submit(dialog, named)
    assert answer["input_errors"] == {}, answer
    return thread


def approve(house: House, fix: Json, *people: Visitor) -> None:
    """Let people approve a fix's newest version, as soon as it is asked."""
    wait_until(lambda: newest(house, str(fix["id"]))["state"] == "in_approval", 60)
    for person in people:
        card = wait_until(lambda person=person: request_of(person, str(fix["title"])))  # type: ignore[misc]
        assert card is not None
        person.press(card, "Approve")


def request_of(person: Visitor, title: str) -> Json | None:
    """Return the newest card that asks for a yes to a plan of that title."""
    said = [m for m in person.messages("approvals") if f"Approve? {title}" in words(m)]
    return said[-1] if said else None


def newest(house: House, fix: str = "") -> Json:
    """Return a fix's document, or the newest one's."""
    import json

    rows = house.rows("SELECT document FROM fixes WHERE id = ? OR ? = '' ORDER BY opened_at DESC", fix, fix)
    return dict(json.loads(str(rows[0][0])))


def until_state(house: House, fix: str, *states: str, seconds: float = WAIT_SECONDS) -> Json:
    """Wait until a fix is in one of the states and return it."""

    def there() -> Json | None:
        found = newest(house, fix)
        return found if found["state"] in states else None

    found = wait_until(there, seconds)
    assert found is not None
    return found


def landing(house: House) -> Path:
    """Return the folder that the journeys' runbooks write into."""
    return house.data / "runner" / "landing"


def kill_runner(house: House) -> None:
    """Kill the runner's process with -9."""
    os.kill(_child(house, " runner "), signal.SIGKILL)


def kill_server(house: House) -> None:
    """Kill the embedded workflow server with -9; the house starts it again."""
    os.kill(_child(house, "start-dev"), signal.SIGKILL)


def keep_server_away(house: House, seconds: float, is_enough: Callable[[], bool]) -> None:
    """Kill the workflow server with -9 for that long, and until it is enough, as often as it comes back.

    How long it is away is what is tested; within a longer pause than this it would be there again.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end or not is_enough():
        found = _find_child(house, "start-dev")
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found, signal.SIGKILL)
        time.sleep(0.02)


def lingering(house: House) -> list[str]:
    """Return what the runbook `write-and-linger` has left running in a house's sandbox."""
    found = subprocess.run(["pgrep", "-f", "sleep 271"], capture_output=True, text=True, check=False)
    return [pid for pid in found.stdout.split() if _sees(pid, house.data)]


def _sees(pid: str, folder: Path) -> bool:
    """Tell whether a process has something from a folder before it: other houses linger at the same time."""
    with contextlib.suppress(OSError):
        return str(folder) in Path(f"/proc/{pid}/mountinfo").read_text()
    return False


def _child(house: House, says: str) -> int:
    found = _find_child(house, says)
    assert found, f"no child that says {says}"
    return found


def _find_child(house: House, says: str) -> int:
    assert house.process is not None
    asked = ["ps", "-ww", "-eo", "pid,ppid,args"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines()[1:]:
        pid, parent, arguments = line.split(None, 2)
        if int(parent) == house.process.pid and says in arguments:
            return int(pid)
    return 0


def _label(card: Json, beginning: str) -> str:
    import html
    import re

    for inner in re.findall(r"<button[^>]*>(.*?)</button>", card["html"], re.DOTALL):
        text = html.unescape(re.sub(r"<[^>]+>", "", inner)).strip()
        if text.startswith(beginning):
            return text
    raise AssertionError(f"no button that begins with {beginning}")

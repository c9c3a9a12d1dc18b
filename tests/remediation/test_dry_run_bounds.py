"""A dry run needs nobody's yes: it can neither fill its runner's memory nor hide a part of what it shows."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput
from domain.ports.sandbox import Ending, SandboxJob, SandboxMode, SandboxOutcome
from domain.remediation.plans import Access, DryRun
from remediation.broker.files import FilesGate
from remediation.broker.folder_files import MOST_BYTES
from remediation.broker.grants import Grant, Overlay
from remediation.broker.services import HttpGate
from remediation.broker.targets import HttpTarget
from remediation.broker.wire import Request
from remediation.dry_run import PreviewFailed
from remediation.reports import effects_in, kept_in
from tests.remediation.contained import contained
from tests.remediation.plans import a_plan, line_step, python
from tests.remediation.world import World

SCRIPT = python("pass", "landing:write")
LARGE = MOST_BYTES + 5


def a_grant() -> Grant:
    return Grant("landing", "landing", Access.WRITE, SandboxMode.PREVIEW, "key", Overlay())


def asked(method: str, place: str, body: Any = None, **query: str) -> Request:
    words = tuple(word for word in place.split("/") if word)
    return Request(method, place, words, query, json.dumps(body).encode() if body is not None else b"")


def outcome(*reports: dict[str, Any], **fields: Any) -> SandboxOutcome:
    return SandboxOutcome(Ending.EXITED, 0, "", "", reports=tuple(map(json.dumps, reports)), **fields)


@pytest.mark.proves("S6", "E10")
def test_what_a_dry_run_holds_and_notes_is_bounded_and_beyond_it_the_dry_run_has_failed() -> None:
    holding, noting, content = a_grant(), a_grant(), bytes(MOST_BYTES)

    for number in range(20):
        holding.hold(f"f{number}", content)
    for number in range(10_000):
        noting.note(f"write {number}", after="x" * 2_000)

    assert (holding.is_overfull, len(holding.overlay.values)) == (True, 7)
    assert noting.is_overfull
    assert len(noting.effects) < 9_000


@pytest.mark.proves("A1", "E8")
def test_a_change_beyond_what_is_shown_still_changes_what_is_approved() -> None:
    digests = set()
    for end in ("a", "b"):
        grant = a_grant()
        grant.note("write x", after="x" * 5_000 + end)
        digests.add(DryRun(effects=effects_in(_of(grant), step="s", script=SCRIPT)).effect_digest)
    many = [{"effect": {"slot": "landing", "change": f"write {n:05}"}} for n in range(2_500)]
    shown = effects_in(outcome(*many), step="s", script=SCRIPT)
    others = effects_in(outcome(*many[:-1]), step="s", script=SCRIPT)

    assert len(digests) == 2
    assert len(shown) == 2_001
    assert shown[-1].change.startswith("and 500 more changes")
    assert shown[:-1] == others[:-1]
    assert shown[-1] != others[-1]


@pytest.mark.proves("E8")
@contained
async def test_a_dry_run_that_says_more_than_is_read_asks_nobody(world: World) -> None:
    runner = await world.build().runner()
    loud = line_step(1, run=python("print('x' * 2_000_000)", "landing:write"))

    with pytest.raises(PreviewFailed, match="more than a dry run can show"):
        await runner.preview(a_plan(loud))


@pytest.mark.proves("E8")
@contained
async def test_a_plan_that_changes_more_than_people_are_shown_asks_nobody(world: World) -> None:
    runner = await world.build().runner()
    told = python("from kit import effect\neffect('landing', 'write', after='x' * 600_000)", "landing:write")
    steps = [line_step(number, run=told) for number in (1, 2)]

    with pytest.raises(PreviewFailed, match="effects of more than"):
        await runner.preview(a_plan(*steps))
    assert (await runner.preview(a_plan(steps[0]))).effects


@pytest.mark.proves("E6")
def test_what_could_not_be_put_back_is_not_changed() -> None:
    assert kept_in(outcome({"keep": {"before": "x"}})) == {"before": "x"}
    for lost in (outcome({"keep": {"before": "x" * 64_001}}), outcome({"keep": {}}, is_cut=True)):
        with pytest.raises(BadInput, match="more to keep"):
            kept_in(lost)


@pytest.mark.proves("E7")
async def test_a_large_file_is_told_by_the_hash_of_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"a" * LARGE)
    grant = a_grant()
    gate = FilesGate(grant, tmp_path)

    seen = json.loads((await gate.handle(asked("GET", "/file", path="large"))).body)
    await gate.handle(asked("POST", "/move", {"from": "large", "to": "held/large"}))
    moved = json.loads((await gate.handle(asked("GET", "/file", path="held/large"))).body)

    whole = hashlib.sha256(b"a" * LARGE).hexdigest()
    assert seen == moved == {"size": LARGE, "sha256": whole}
    assert grant.effects[0]["before"] == f"{LARGE} bytes, sha256 {whole[:16]}"


@pytest.mark.proves("S6")
@contained
async def test_a_script_holds_no_more_connections_than_it_needs(world: World) -> None:
    script = python(
        "import socket\n"
        "def closed():\n"
        "    door = socket.socket(socket.AF_UNIX); door.settimeout(0.3)\n"
        "    door.connect('/targets/landing/socket'); held.append(door)\n"
        "    try: return door.recv(1) == b''\n"
        "    except TimeoutError: return False\n"
        "held = []\n"
        "for _ in range(80):\n"
        "    held.append(socket.socket(socket.AF_UNIX)); held[-1].connect('/targets/landing/socket')\n"
        "print(closed())\n",
        "landing:read",
    )

    ended = await world.build().sandbox().run(SandboxJob(script=script, mode=SandboxMode.READ))

    assert (ended.output, ended.errors) == ("True\n", "")


@pytest.mark.proves("S12")
@pytest.mark.parametrize("word", ["..", "a/../../admin", "a\\..\\b"])
async def test_no_spelling_of_a_path_leads_out_of_the_address_of_a_target(word: str) -> None:
    target = HttpTarget(name="control", environment="test", base_url="http://127.0.0.1:1/api")
    grant = a_grant()
    request = Request("GET", "/feeds/x", ("feeds", word), {}, b"")

    answer = await HttpGate(grant, target, None).handle(request)

    assert (answer.status, len(grant.refusals)) == (403, 1)


def _of(grant: Grant) -> SandboxOutcome:
    return outcome(*({"effect": effect} for effect in grant.effects))

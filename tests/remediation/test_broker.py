"""What a script reaches: named targets only, with credentials that are short-lived and masked."""

import asyncio
import contextlib
import gc
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from domain.errors import BadInput, OutsideTrouble
from domain.ports.sandbox import SandboxJob, SandboxMode, SandboxOutcome
from domain.remediation.plans import Access, Language, Script
from remediation.broker import folder_files
from remediation.broker.credentials import Credential, CredentialFiles
from remediation.broker.files import FilesGate
from remediation.broker.grants import Grant, Overlay
from remediation.broker.services import HttpGate, leads_elsewhere
from remediation.broker.targets import HttpTarget, read_targets
from remediation.broker.wire import Request
from remediation.masking import SecretRedactor
from remediation.reports import effects_in, kept_in
from remediation.sandbox.bubblewrap import BubblewrapSandbox
from tests.remediation.contained import contained
from tests.remediation.plans import bash, python
from tests.remediation.world import Service, World


async def ran(sandbox: BubblewrapSandbox, script: Script, **fields: Any) -> SandboxOutcome:
    return await sandbox.run(SandboxJob(script=script, mode=fields.pop("mode", SandboxMode.RUN), **fields))


ODD = 'p/ä"s+4821 =?'


@pytest.mark.proves("S13")
@contained
async def test_a_secret_is_a_file_of_mode_0400_masked_in_six_encodings_and_gone(world: World) -> None:
    sandbox = world.build().sandbox()
    world.credential("database-write", "writer", ODD)
    script = python(
        "import base64, json, os, urllib.parse\n"
        "place = '/inputs/orders-db.pgpass'\n"
        "secret = open(place).read().rstrip('\\n').split(':')[-1]\n"
        "print(oct(os.stat(place).st_mode & 0o777), len(secret))\n"
        "print(any(secret in open(f'/proc/{n}/{f}', errors='replace').read() for n in os.listdir('/proc')\n"
        "          if n.isdigit() for f in ('environ', 'cmdline')))\n"
        "b64 = lambda text: base64.b64encode(text.encode()).decode()\n"
        "for form in (secret, b64(secret), b64('user:' + secret), urllib.parse.quote(secret, safe=''),\n"
        "             urllib.parse.quote_plus(secret), json.dumps(secret)[1:-1],\n"
        "             json.dumps(secret, ensure_ascii=False)[1:-1], secret.encode().hex()):\n"
        "    print(form)\n",
        "orders-db:write",
    )

    outcome = await ran(sandbox, script)

    facts, elsewhere, *forms = outcome.output.splitlines()
    assert outcome.is_good, outcome
    assert (facts, elsewhere) == (f"0o400 {len(ODD)}", "False")
    assert len(forms) == 8
    assert all("•••" in form for form in forms)
    # What is left of a form belongs to what stood around the secret.
    assert max(len(form.replace("•••", "")) for form in forms) <= len("dXNlcjpw==")
    assert list(world.jobs.iterdir()) == []


@pytest.mark.proves("S13")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610])
def test_a_credential_that_others_may_open_is_taken_by_nobody(world: World, mode: int) -> None:
    world.build()
    (world.secrets / "database-write").chmod(mode)

    with pytest.raises(OutsideTrouble, match="others may read"):
        CredentialFiles(world.secrets).fetch("database-write")


@pytest.mark.proves("S13")
@pytest.mark.parametrize("name", ["linked", "../secrets/database-write", ".hidden", "", "none"])
def test_a_credential_is_a_file_of_the_folder_itself(world: World, name: str) -> None:
    world.build()
    (world.secrets / "linked").symlink_to(world.secrets / "database-write")
    (world.secrets / ".hidden").write_bytes((world.secrets / "database-write").read_bytes())

    with pytest.raises(OutsideTrouble):
        CredentialFiles(world.secrets).fetch(name)


@pytest.mark.proves("E10", "K4")
@contained
async def test_what_looks_like_a_secret_is_masked_in_output_effects_and_errors(world: World) -> None:
    folded = "Zz9+" * 16
    told = f"password=hunter2-and-more postgresql://app:t0psecret@db\n{folded}"
    world.build()
    (world.files / "app.conf").write_text(told)
    script = python(
        f"import sys\nfrom kit import keep, path, send\ntold = {told!r}\nprint(told)\nkeep(before=told)\n"
        "send('landing', 'PUT', path('file', path='app.conf'), {'text': told + ' again'})\n"
        "print(told, file=sys.stderr)",
        "landing:write",
    )
    heard: list[str] = []
    job = SandboxJob(script=script, mode=SandboxMode.PREVIEW, key="preview", preview="p")

    outcome = await world.sandbox().run(job, told=heard.append)

    effects = effects_in(outcome, step="s", script=script)
    shown = "\n".join([outcome.output, outcome.errors, *heard, *(e.model_dump_json() for e in effects)])
    assert len(effects) == 1
    assert "again" in effects[0].after
    for secret in ("hunter2", "t0psecret", folded):
        assert secret not in shown
    assert kept_in(outcome) == {"before": told}, "an undo needs it as it was"


@pytest.mark.proves("S12")
@contained
async def test_only_named_targets_are_reached_and_refusals_are_recorded(
    world: World, service: Service
) -> None:
    from remediation.broker.targets import EgressTarget

    world.extra = [
        EgressTarget(
            name="out", environment="test", allowed=(f"127.0.0.1:{service.port}", "example.test:443")
        )
    ]
    sandbox = world.build().sandbox()
    script = python(
        "import os, socket\n"
        "def connect(line):\n"
        "    door = socket.socket(socket.AF_UNIX); door.connect('/targets/out/socket')\n"
        "    door.sendall(f'CONNECT {line} HTTP/1.1\\r\\n\\r\\n'.encode())\n"
        "    return door.recv(99).split()[1].decode()\n"
        f"places = ['169.254.169.254:80', '127.0.0.1:1', 'example.test:8443', '127.0.0.1:{service.port}', '0x7f000001:80']\n"  # noqa: E501  a script reads better whole
        "print([connect(place) for place in places], sorted(os.listdir('/targets')))\n"
        "def direct(place):\n"
        "    try: socket.create_connection(place, 2)\n"
        "    except OSError: return 'closed'\n"
        f"print([direct(p) for p in (('169.254.169.254', 80), ('127.0.0.1', {service.port}), ('1.1.1.1', 443))])\n",  # noqa: E501  a script reads better whole
        "out:write",
    )

    outcome = await ran(sandbox, script)

    assert outcome.output.splitlines() == [
        "['403', '403', '403', '403', '403'] ['out']",
        "['closed', 'closed', 'closed']",
    ]
    assert len(outcome.refusals) == 5
    assert "169.254.169.254" in outcome.refusals[0]


@pytest.mark.proves("S12")
@contained
async def test_what_is_no_request_is_answered_and_what_is_too_long_asks_for_nothing(world: World) -> None:
    from remediation.broker.targets import EgressTarget

    world.extra = [EgressTarget(name="out", environment="test", allowed=("example.test:443",))]
    script = python(
        "import socket\n"
        "def told(slot, line):\n"
        "    door = socket.socket(socket.AF_UNIX); door.settimeout(5)\n"
        "    door.connect(f'/targets/{slot}/socket')\n"
        "    try:\n"
        "        door.sendall(f'{line} HTTP/1.1\\r\\n\\r\\n'.encode())\n"
        "        return door.recv(99).split()[1].decode()\n"
        "    except OSError: return 'closed'\n"
        "print([told('landing', line) for line in ('GET //[', 'GET x', 'GET /list')])\n"
        "told('out', 'CONNECT ' + 'x' * 100_000)\n",
        "landing:read",
        "out:write",
    )
    unforeseen: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: unforeseen.append(told["message"]))

    outcome = await ran(world.build().sandbox(), script)
    gc.collect()

    assert (outcome.output, outcome.errors) == ("['400', '400', '200']\n", "")
    assert len(outcome.refusals) == 1
    assert unforeseen == []


@pytest.mark.proves("S12")
@contained
async def test_reading_a_target_does_not_mean_changing_it(world: World, service: Service) -> None:
    service.reset({"/a": 1})
    script = python(
        "from kit import ask\n"
        "print(ask('control', 'GET', '/a'), ask('control', 'PUT', '/a', {'value': 2})[0],\n"
        "      ask('landing', 'PUT', '/file?path=x', {'text': 'x'})[0], ask('landing', 'GET', '/file?path=../secrets/a')[0])",  # noqa: E501  a script reads better whole
        "control:read",
        "landing:read",
    )

    outcome = await ran(world.build().sandbox(), script)

    assert outcome.output == "(200, {'value': 1}) 403 403 404\n"
    assert len(outcome.refusals) == 2
    assert service.log() == []


@pytest.mark.proves("E10", "S6")
@pytest.mark.parametrize(
    ("head", "chunk", "says"),
    [
        ("", b"x" * 2**20, "too large"),
        ("Content-Encoding: gzip\r\n", gzip.compress(bytes(2**24)), "packed"),
    ],
    ids=["endless", "packed"],
)
async def test_what_a_service_answers_never_grows_the_runners_memory(
    head: str, chunk: bytes, says: str
) -> None:
    sent = 0

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n".encode())
        with contextlib.suppress(ConnectionError):
            while sent < 2**30:
                writer.write(chunk)
                await writer.drain()
                sent += len(chunk)
        writer.close()

    async with await asyncio.start_server(answers, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        target = HttpTarget(name="control", environment="test", base_url=f"http://127.0.0.1:{port}")
        grant = Grant("control", "control", Access.READ, SandboxMode.READ, "key", Overlay())
        answer = await HttpGate(grant, target, None).handle(Request("GET", "/a", ("a",), {}, b""))

    assert (answer.status, says in answer.body.decode()) == (502, True)
    assert sent < 2**25


@pytest.mark.proves("S12", "S13")
async def test_a_credential_goes_to_its_service_alone_whatever_that_or_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heads: dict[str, list[str]] = {"service": [], "elsewhere": []}

    def answers(place: str, answer: str) -> Callable[..., Any]:
        async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heads[place].append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(answer.encode())
            await writer.drain()
            writer.close()

        return answered

    gone = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with await asyncio.start_server(answers("elsewhere", gone), "127.0.0.1", 0) as other:
        elsewhere = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}/"
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, elsewhere)
        sends_on = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n"
        async with await asyncio.start_server(answers("service", sends_on), "127.0.0.1", 0) as service:
            port = service.sockets[0].getsockname()[1]
            target = HttpTarget(name="control", environment="test", base_url=f"http://127.0.0.1:{port}")
            grant = Grant("control", "control", Access.WRITE, SandboxMode.RUN, "key", Overlay())
            gate = HttpGate(grant, target, Credential("", "t0psecret"))
            answer = await gate.handle(Request("PUT", "/a", ("a",), {}, b"{}"))

    assert answer.status == 302
    assert len(heads["service"]) == 1
    assert "t0psecret" in heads["service"][0]
    assert heads["elsewhere"] == []


@pytest.mark.parametrize("mode", [SandboxMode.PREVIEW, SandboxMode.RUN])
async def test_a_file_is_moved_onto_no_other_in_a_dry_run_neither(tmp_path: Path, mode: SandboxMode) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "kept").write_text("kept")
    grant = Grant("landing", "landing", Access.WRITE, mode, "key", Overlay())
    body = b'{"from": "new", "to": "kept"}'

    answer = await FilesGate(grant, tmp_path).handle(Request("POST", "/move", ("move",), {}, body))

    assert answer.status == 409
    assert grant.effects == []
    assert [(tmp_path / name).read_text() for name in ("new", "kept")] == ["new", "kept"]


@pytest.mark.proves("E7", "M3")
@contained
async def test_what_one_run_printed_is_no_report_of_the_next(world: World) -> None:
    world.build()
    sandbox = world.sandbox()
    told = python("import json; print(json.load(open('/inputs/step.json'))['mark'][::-1])")
    marks = [(await ran(sandbox, told)).output.strip()[::-1] for _ in range(2)]
    report = ' + \' {"kept": {"a": "b"}}\')'
    own = python(f"import json; print(json.load(open('/inputs/step.json'))['mark']{report}")

    real = await ran(sandbox, own)
    outcome = await ran(sandbox, python(f"print({marks[0]!r}{report}"))

    assert real.reports == ('{"kept": {"a": "b"}}',)
    assert marks[0] != marks[1]
    assert outcome.reports == ()
    assert marks[0] in outcome.output, "it is text like any other"


def test_a_file_that_is_written_anew_can_be_read_by_whoever_could_read_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    (tmp_path / "a.csv").chmod(0o664)

    for name in ("a.csv", "b.csv"):
        folder_files.write(tmp_path, (name,), b"new")

    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes["a.csv"] == 0o664
    assert modes["b.csv"] & 0o007 == 0


@pytest.mark.proves("S14")
@pytest.mark.parametrize("language", list(Language))
@contained
async def test_a_dry_run_cannot_write_whatever_it_tries(
    world: World, service: Service, language: Language
) -> None:
    service.reset({"/a": 1})
    texts = {
        Language.BASH: "dw send control PUT /a '{\"value\": 2}'; dw put-file landing x < /etc/passwd; touch /usr/x || true",  # noqa: E501  a script reads better whole
        Language.PYTHON: "from kit import send\nsend('control', 'PUT', '/a', {'value': 2})\n"
        "send('landing', 'PUT', '/file?path=x', {'text': 'x'})",
        Language.ANSIBLE: "- hosts: localhost\n  gather_facts: false\n  vars:\n    told: >-\n"
        "      {{ lookup('pipe', 'dw send control PUT /a \"$(dw arg body)\" ; touch /usr/x ; echo y') }}\n"
        "  tasks:\n    - ansible.builtin.debug:\n        var: told\n",
    }
    script = bash(texts[language], "control:write", "landing:write", timeout=60).model_copy(
        update={"language": language}
    )

    body = {"body": '{"value": 2}'}
    outcome = await ran(world.build().sandbox(), script, mode=SandboxMode.PREVIEW, arguments=body)

    assert outcome.is_good, outcome
    assert any("PUT /a" in report for report in outcome.reports)
    assert (service.log(), list(world.files.iterdir())) == ([], [])


def test_a_redactor_masks_a_secret_that_comes_in_pieces() -> None:
    redactor = SecretRedactor(["s3cret-value"])

    text = "".join(redactor.feed(piece) for piece in ("before s3c", "ret-va", "lue after")) + redactor.flush()

    assert text == "before ••• after"


@pytest.mark.proves("G6")
@pytest.mark.parametrize(
    "address", ["https://x:canary-4821@git.example/r", "https://canary-4821@git.example/r"]
)
def test_a_repository_whose_address_holds_a_token_is_no_target(address: str) -> None:
    with pytest.raises(BadInput, match="hold no token") as refused:
        read_targets(f"- {{kind: git, name: config, environment: test, repository: '{address}'}}")

    assert "canary" not in str(refused.value) + refused.value.sentence()
    read_targets("- {kind: git, name: config, environment: test, repository: 'ssh://git@git.example/r'}")


def test_a_name_of_two_targets_is_no_target() -> None:
    one = "- {kind: files, name: landing, environment: test, root: /a}"

    with pytest.raises(BadInput) as refused:
        read_targets(f"{one}\n- {{kind: files, name: landing, environment: test, root: /b}}")

    assert "landing twice" in refused.value.say
    assert read_targets(f"{one}\n{one.replace('landing', 'archive')}").get("archive").name == "archive"


@pytest.mark.proves("S12")
@pytest.mark.parametrize(
    "path",
    ["/../admin", "/x/%2e%2e/%2E%2e/admin", "/x/..%2fadmin", "/x/%252e%252e%252fadmin", "/..;/admin",
     "/x/..;a=b/y", "/x/%2e%2e%3b/y", "/x\\\\..\\\\y", "//evil.example/x", "/x/%5c..%5cy", "/..%20/x"],
)  # fmt: skip
def test_a_path_that_climbs_out_of_its_service_is_known_however_it_is_written(path: str) -> None:
    assert leads_elsewhere(asked(path))


@pytest.mark.parametrize(
    "path", ["/api/runs/..5", "/a...b/c", "/v1;x=..", "/files/2026-11..12?since=../x", "/.well-known"]
)
def test_a_path_that_only_holds_dots_stays(path: str) -> None:
    assert not leads_elsewhere(asked(path))


def asked(path: str) -> Request:
    """Return the request of a script, as the wire reads it."""
    parts = urlsplit(path).path.split("/") if not path.startswith("//") else path.split("/")
    return Request("GET", path, tuple(unquote(part) for part in parts if part), {}, b"")


@pytest.mark.proves("S12")
def test_a_listing_follows_no_link_and_ends_where_names_end(tmp_path: Path) -> None:
    landing, beside = tmp_path / "landing", tmp_path / "beside"
    landing.mkdir()
    beside.mkdir()
    (landing / "fx.csv").write_text("")
    (beside / "secret.csv").write_text("")
    (landing / "linked").symlink_to(beside)
    (landing / "link.csv").symlink_to(beside / "secret.csv")
    deep = landing.joinpath(*["d"] * 19)
    deep.joinpath(*["d"] * 40).mkdir(parents=True)
    (deep / "in.txt").write_text("")
    (deep / "d" / "out.txt").write_text("")

    found = folder_files.listed(landing, "")

    assert found == ["d/" * 19 + "in.txt", "fx.csv"]
    assert folder_files.parts_of(found[0]) is not None

"""What a Python step may use, inside the sandbox: arguments, targets, effects.

Arguments arrive as JSON and leave as JSON, argv or psql variables, never by substitution into text.
Only the standard library: the sandbox sees nothing else.
"""

import json
import os
import socket
import sys
import urllib.parse
from typing import Any, NoReturn

with open("/inputs/step.json", encoding="utf-8") as _file:
    _STEP = json.load(_file)

arguments = _STEP["arguments"]
kept = _STEP["kept"]
key = _STEP["key"]
own_key = _STEP["own_key"]  # of this order, where `key` is that of the one that is taken back
targets = _STEP["targets"]
is_preview = _STEP["mode"] == "preview"
_TIMEOUT_SECONDS = 60


def stop(sentence: str) -> NoReturn:
    """End the step as failed with a sentence for people."""
    print(sentence, file=sys.stderr)
    raise SystemExit(1)


def keep(**values: object) -> None:
    """Hand values to this step's undo, check and probe."""
    _report({"keep": values})


def effect(slot: str, change: str, before: object = "", after: object = "") -> None:
    """Say what would change, in a dry run."""
    _report({"effect": {"slot": slot, "change": change, "before": str(before), "after": str(after)}})


def answer(word: str) -> None:
    """Say what a probe found: done, absent or unknown."""
    _report({"probe": word})


def send(
    slot: str, method: str, path: str, body: object = None, expect: tuple[int, ...] = (200, 201, 202, 204)
) -> Any:  # Any: whatever JSON the target answers
    """Call a target and return its JSON, or None for an empty answer; other statuses end the step."""
    status, value = ask(slot, method, path, body)
    if status not in expect:
        stop(f"{targets[slot]['name']} answered {status} to {method} {path}: {json.dumps(value)[:300]}")
    return value


def ask(slot: str, method: str, path: str, body: object = None) -> tuple[int, Any]:  # Any: JSON
    """Call a target and return status and JSON, whatever the status."""
    if slot not in targets:
        stop(f"this step was not granted the target {slot}")
    payload = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: target\r\nContent-Length: {len(payload)}\r\n\r\n"
    status, content = _exchanged(slot, head.encode() + payload)
    try:
        return status, (json.loads(content) if content else None)
    except ValueError:
        return status, content.decode("utf-8", "replace")


def _exchanged(slot: str, request: bytes) -> tuple[int, bytes]:
    """Speak HTTP over the target's socket; the broker answers once and closes."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(_TIMEOUT_SECONDS)
        door.connect(f"/targets/{slot}/socket")
        door.sendall(request)
        answer = b""
        while chunk := door.recv(65536):
            answer += chunk
    head, _, content = answer.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        stop(f"{targets[slot]['name']} closed the connection without an answer")
    return int(words[1]), content


def path(*parts: object, **query: object) -> str:
    """Join parts to a path, each part quoted, so that no part can leave its place."""
    joined = "/" + "/".join(urllib.parse.quote(str(part), safe="") for part in parts)
    return joined + ("?" + urllib.parse.urlencode(query) if query else "")


def sql(slot: str, statement: str, **variables: object) -> list[str]:
    """Run SQL, return its lines. Variables are psql's: `:'name'` is a literal, `:"name"` an identifier.

    An identifier may be one of a schema, as in `gold.trades`.
    """
    import glob
    import subprocess

    statement, variables = _with_schemas(statement, variables)
    facts = targets[slot]
    psql = (sorted(glob.glob("/usr/lib/postgresql/*/bin/psql")) or ["/usr/bin/psql"])[-1]
    command = [psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", f"/targets/{slot}", "-p", "5432"]
    command += ["-U", facts["user"], "-d", facts["database"], "-w"]
    for name, value in variables.items():
        command += ["-v", f"{name}={value}"]
    done = subprocess.run(  # noqa: S603  one program; values go as its variables
        [*command, "-f", "-"],
        input=statement,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PGPASSFILE": f"/inputs/{slot}.pgpass"},
        timeout=_TIMEOUT_SECONDS * 10,
        check=False,
    )
    if done.returncode != 0:
        stop(_in_one_line(done.stderr) or f"psql ended with {done.returncode}")
    return [line for line in done.stdout.splitlines() if line]


def _in_one_line(errors: str) -> str:
    """Return what psql says went wrong; it draws the statement and a caret below, and people get one line."""
    lines = [line.strip() for line in errors.splitlines()]
    return " ".join(line for line in lines if line.strip("^") and not line.startswith("LINE "))


def _with_schemas(statement: str, variables: dict[str, object]) -> tuple[str, dict[str, object]]:
    """Take identifiers apart that name a schema: psql would quote them whole, as one name with a dot."""
    variables = dict(variables)
    for name, value in list(variables.items()):
        schema, dot, rest = str(value).partition(".")
        if dot and f':"{name}"' in statement:
            variables |= {f"{name}_schema": schema, f"{name}_within": rest}
            statement = statement.replace(f':"{name}"', f':"{name}_schema".:"{name}_within"')
    return statement, variables


def change_sql(slot: str, statement: str, shows: str, change: str, **variables: object) -> list[str]:
    """Run SQL; in a dry run only the query `shows`, whose lines are the effects."""
    if not is_preview:
        return sql(slot, statement, **variables)
    for line in sql(slot, shows, **variables):
        effect(slot, change, before=line)
    return []


def _report(value: object) -> None:
    print(f"{_STEP['mark']} {json.dumps(value, sort_keys=True)}", flush=True)

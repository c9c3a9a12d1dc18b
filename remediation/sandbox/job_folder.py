"""The files lent to one try of one step: script, parameters as JSON, credentials as mode-0400 files.

The folder is new for every try and gone afterwards. Its name is random and stands in the launcher's command line,
so that what is left of a try can be found when its process id was never written down.
"""

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from domain.plans import Language, Value
from domain.ports.sandbox import SandboxJob

_SCRIPT_NAMES = {Language.BASH: "script.sh", Language.PYTHON: "script.py", Language.ANSIBLE: "script.yml"}
_PASSWD = "step:x:65534:65534::/tmp:/bin/sh\n"
_INVENTORY = "localhost ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n"


class JobFolder:
    """One folder below the runner's job root; use it as a context manager."""

    def __init__(self, root: Path, *, name: str = "") -> None:
        self.path = root / (name or f"job-{secrets.token_hex(12)}")
        self.inputs = self.path / "inputs"
        self.sockets = self.path / "targets"
        self.passwd = self.path / "passwd"

    def __enter__(self) -> "JobFolder":
        self.path.mkdir(mode=0o700)
        self.inputs.mkdir(mode=0o700)
        self.passwd.write_text(_PASSWD, encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def lay_out(self, job: SandboxJob, slots: Mapping[str, Mapping[str, Value]], mark: str) -> None:
        """Write the script and everything it may read.

        Args:
            job: What runs.
            slots: For each slot what the script may know of its target: name, kind, access.
            mark: The secret beginning of report lines, so that printed outside text cannot report.
        """
        self.put(_SCRIPT_NAMES[job.script.language], job.script.text)
        self.put(
            "step.json",
            json.dumps(
                {
                    "arguments": job.arguments,
                    "kept": job.kept,
                    "mode": job.mode.value,
                    "key": job.key,
                    "mark": mark,
                    "targets": {slot: dict(facts) for slot, facts in slots.items()},
                }
            ),
        )
        if job.script.language is Language.ANSIBLE:
            self.put("hosts.ini", _INVENTORY)
            self.put("variables.json", json.dumps({"step": unsafe(job.arguments)}))

    def put(self, name: str, text: str, *, mode: int = 0o400) -> None:
        """Write one new input file; an existing name is an error, never followed or replaced."""
        handle = os.open(self.inputs / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)


def unsafe(arguments: Mapping[str, Value]) -> dict[str, object]:
    """Return the arguments so that Ansible takes them for data: texts that it must not template."""

    def marked(value: Value) -> object:
        if isinstance(value, str):
            return {"__ansible_unsafe": value}
        if isinstance(value, tuple):
            return [{"__ansible_unsafe": text} for text in value]
        return value

    return {name: marked(value) for name, value in arguments.items()}

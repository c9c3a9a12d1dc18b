"""The processes of remediation beside the doors: a runner, and where nothing is configured, a demo to try."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from runtime.demo.targets import prepare_demo
from runtime.keys import KeyFolder
from runtime.ports import free_port
from runtime.processes.runner import ORDER_KEY
from runtime.settings.house import Settings

# What a runner may know of the environment: no database, no chat token, no model key, no host token.
_PASSED = ("PATH", "HOME", "LANG", "PYTHONPATH", "PYTHONUNBUFFERED", "SSL_CERT_FILE")
_PASSED_OF_OURS = ("DOGWATCH_TEMPORAL__", "DOGWATCH_REMEDIATION__", "DOGWATCH_ENVIRONMENT")
_T = TypeVar("_T")
_Make = Callable[[str, list[str], Path, dict[str, str]], _T]


def runner_children(settings: Settings, temporal_address: str, make: _Make[_T]) -> list[_T]:
    """Return the runner of our environment, and the demo service when there are no targets of ours."""
    data = settings.data_dir.resolve()
    KeyFolder(data / "keys").signer(ORDER_KEY)  # the runner needs its public half at once
    environment = _environment(data)
    children = []

    def program(name: str, *arguments: str) -> None:
        command = [sys.executable, "-m", "runtime", *arguments]
        children.append(make(name, command, data / f"{name.split()[0]}.log", environment))

    if settings.web.demo and not settings.remediation.targets_file:
        port = free_port()
        prepare_demo(data / "runner", settings.environment, port)
        program("demo service", "demo-service", "--port", str(port))
    program("runner", "runner", settings.environment, "--temporal", temporal_address)
    return children


def _environment(data: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED or name.upper().startswith(_PASSED_OF_OURS)
    }
    return kept | own_rooms() | {"DOGWATCH_DATA_DIR": str(data)}


def own_rooms() -> dict[str, str]:
    """Return what lets a child find our packages, and none of like names in the folder it is started from.

    `python -m` looks there first: beside somebody's own package `web` or `storage` it would run that.
    """
    home = str(Path(__file__).resolve().parents[2])
    others = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one and one != home]
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join([home, *others])}

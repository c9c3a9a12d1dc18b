"""The ports of the intake: each is ours alone, and one that is taken is said in words."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.counterparts.processes import free_ports
from tests.journeys.house import ROOT


@pytest.mark.parametrize("kind", ["PORT", "GRPC_PORT", "SYSLOG_PORT"])
def test_an_intake_whose_port_is_taken_ends_with_the_setting_to_change(tmp_path: Path, kind: str) -> None:
    with socket.socket() as other:
        # As a server of gRPC listens, beside which another one may.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = {"PORT": str(free_ports()), kind: str(other.getsockname()[1])}
        told = {f"DOGWATCH_TELEMETRY__{name}": port for name, port in ports.items()}

        ended = subprocess.run(
            [sys.executable, "-m", "runtime", "worker", "--queue", "intake"],
            cwd=ROOT,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(tmp_path),
                "DOGWATCH_DATA_DIR": str(tmp_path / "data"),
                **told,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert ended.returncode == 1
    assert f"DOGWATCH_TELEMETRY__{kind}" in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr

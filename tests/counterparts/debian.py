"""Debian's own Prometheus, Alertmanager and rsyslog, unpacked by `debian.sh` and started on free ports."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.counterparts.processes import Counterpart, free_ports

HERE = Path(__file__).parent / "debian"


def need_program(path: str) -> Path:
    """Return an unpacked program; skip the test without it."""
    program = HERE / path
    if not program.exists():
        pytest.skip(f"{path} is not unpacked; run tests/counterparts/debian.sh")
    return program


def _sees_its_files() -> list[str]:
    """Return the words that show an unpacked program its files where its package would put them."""
    if Path("/usr/share/prometheus/alertmanager/default.tmpl").exists():
        return []
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("Alertmanager looks for its files in /usr/share; showing them there needs bubblewrap")
    files = HERE / "usr/share/prometheus"
    shown = ["--tmpfs", "/usr/share", "--ro-bind", str(files.resolve()), "/usr/share/prometheus"]
    return [bwrap, "--die-with-parent", "--dev-bind", "/", "/", *shown]


def start_prometheus(
    folder: Path, *, scrape: list[str], remote_write: str = "", key: str = ""
) -> tuple[Counterpart, str]:
    """Return a running Prometheus that scrapes every second, and its address."""
    program = need_program("usr/bin/prometheus")
    port = free_ports()
    config: dict[str, object] = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [
            {
                "job_name": "pay",
                "static_configs": [{"targets": [*scrape, f"127.0.0.1:{port}"], "labels": {"service": "pay"}}],
            }
        ],
    }
    if remote_write:
        config["remote_write"] = [
            {
                "url": remote_write,
                "authorization": {"credentials": key},
                "queue_config": {"batch_send_deadline": "500ms"},
            }
        ]
    file = folder / "prometheus.yml"
    # JSON is YAML.
    file.write_text(json.dumps(config))
    command = [
        str(program), f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        "--web.console.templates=/nonexistent", "--web.console.libraries=/nonexistent",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    return Counterpart(command, f"{url}/-/ready", folder / "prometheus.log"), url


def start_alertmanager(folder: Path, *, webhook: str, key: str) -> tuple[Counterpart, str]:
    """Return a running Alertmanager that tells a webhook at once, and its address."""
    program = need_program("usr/bin/prometheus-alertmanager")
    port = free_ports()
    config = {
        "route": {"receiver": "dogwatch", "group_wait": "0s", "group_interval": "1s"},
        "receivers": [
            {
                "name": "dogwatch",
                "webhook_configs": [
                    {
                        "url": webhook,
                        "http_config": {"authorization": {"credentials": key}},
                        "send_resolved": True,
                    }
                ],
            }
        ],
    }
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps(config))
    command = [
        *_sees_its_files(), str(program),
        f"--config.file={file}", f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=warn",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    return Counterpart(command, f"{url}/-/ready", folder / "alertmanager.log"), url


def rsyslog_command(folder: Path, *, lines: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """Return the command and environment of an rsyslog that sends a file's lines by TCP in RFC 5424."""
    program = need_program("usr/sbin/rsyslogd")
    library = HERE / "usr/lib/x86_64-linux-gnu"
    config = folder / "rsyslog.conf"
    config.write_text(
        f'global(workDirectory="{folder}")\n'
        'module(load="imfile")\n'
        f'input(type="imfile" File="{lines}" Tag="pay:" Severity="error" Facility="local0")\n'
        f'*.* action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp"'
        ' template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted")\n'
    )
    command = [
        str(program), "-n", "-f", str(config), "-i", str(folder / "rsyslog.pid"),
        "-M", str(library / "rsyslog"),
    ]  # fmt: skip
    return command, {**os.environ, "LD_LIBRARY_PATH": str(library)}

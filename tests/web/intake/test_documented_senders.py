"""The senders' configurations in docs/telemetry.md, checked by the senders themselves."""

import os
import re
import subprocess
from pathlib import Path

from tests.counterparts.debian import HERE, need_program

_DOCS = Path(__file__).parents[3] / "docs" / "telemetry.md"
_LIBRARY = HERE / "usr/lib/x86_64-linux-gnu"
_NG = HERE / "usr/lib/syslog-ng"


def blocks(word: str) -> list[str]:
    """Return the documented blocks that hold a word."""
    text = _DOCS.read_text(encoding="utf-8")
    return [
        one for one in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if word in one
    ]


def check(command: list[str], libraries: tuple[Path, ...] = ()) -> None:
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(str(path) for path in libraries)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stdout + told.stderr


def test_rsyslog_takes_what_is_documented(tmp_path: Path) -> None:
    program, found = need_program("usr/sbin/rsyslogd"), blocks("action(type=")
    assert len(found) == 2
    config = tmp_path / "rsyslog.conf"
    config.write_text(f'global(workDirectory="{tmp_path}")\n' + "\n".join(found))

    check([str(program), "-N1", "-f", str(config), "-M", str(_LIBRARY / "rsyslog")], (_LIBRARY,))


def test_syslog_ng_takes_what_is_documented(tmp_path: Path) -> None:
    program = need_program("usr/sbin/syslog-ng")
    (found,) = blocks("destination d_dogwatch")
    config = tmp_path / "syslog-ng.conf"
    log = "log { source(s); destination(d_dogwatch); destination(d_dogwatch_bulk); };\n"
    config.write_text(f'@version: 3.38\nsource s {{ file("{tmp_path}/app.log"); }};\n{found}{log}')

    words = ["-s", "-F", "-f", str(config), "--module-path", str(_NG / "3.38")]
    check([str(program), *words], (_NG, _LIBRARY, HERE / "lib/x86_64-linux-gnu"))


def test_prometheus_takes_what_is_documented(tmp_path: Path) -> None:
    program = need_program("usr/bin/promtool")
    (found,) = blocks("remote_write:")
    config = tmp_path / "prometheus.yml"
    config.write_text(found)

    check([str(program), "check", "config", str(config)])


def test_alertmanager_takes_what_is_documented(tmp_path: Path) -> None:
    program = need_program("usr/bin/amtool")
    (found,) = blocks("webhook_configs:")
    config = tmp_path / "alertmanager.yml"
    config.write_text(f"route: {{receiver: dogwatch}}\n{found}")

    check([str(program), "check-config", str(config)])

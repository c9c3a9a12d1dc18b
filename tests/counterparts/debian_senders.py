"""Debian's other senders and stores, unpacked by `debian.sh`: syslog-ng, rsyslog in bulk, VictoriaMetrics."""

import json
import os
from pathlib import Path

from tests.counterparts.debian import HERE, need_program
from tests.counterparts.processes import Counterpart, free_ports

_LIBRARY = HERE / "usr/lib/x86_64-linux-gnu"
Command = tuple[list[str], dict[str, str]]
"""What to start, and with which environment."""


def syslog_ng_command(folder: Path, *, lines: Path, syslog_port: int, elastic_url: str, key: str) -> Command:
    """Return a syslog-ng that sends a file's lines by RFC 5424 over TCP, and to an Elasticsearch door."""
    return _syslog_ng(
        folder,
        lines,
        f'destination d_tcp {{ syslog("127.0.0.1" port({syslog_port}) transport("tcp")); }};\n'
        f'destination d_elastic {{ http(url("{elastic_url}") method("POST") user("collector")'
        f' password("{key}") headers("Content-Type: application/x-ndjson") batch-lines(10)'
        ' batch-timeout(200) delimiter("\\n") body-suffix("\\n")'
        ' body("{\\"index\\":{\\"_index\\":\\"logs\\"}}\\n$(format-json @timestamp=$ISODATE message=$MSG'
        ' service.name=by-syslog-ng log.level=$LEVEL)")); };\n'
        "log { source(s_app); destination(d_tcp); destination(d_elastic); };\n",
    )


def sealed_syslog_ng_command(
    folder: Path, *, lines: Path, port: int, authority: str, certificate: Path, key: Path
) -> Command:
    """Return a syslog-ng that sends a file's lines over TLS, with a certificate of its own."""
    shown = f'ca-file("{authority}") cert-file("{certificate}") key-file("{key}")'
    return _syslog_ng(
        folder,
        lines,
        f'destination d_tls {{ syslog("127.0.0.1" port({port}) transport("tls")'
        f" tls({shown} peer-verify(required-trusted))); }};\n"
        "log { source(s_app); destination(d_tls); };\n",
    )


def _syslog_ng(folder: Path, lines: Path, destinations: str) -> Command:
    """Return a syslog-ng that sends a file's lines to some destinations."""
    program = need_program("usr/sbin/syslog-ng")
    config = folder / "syslog-ng.conf"
    config.write_text(
        "@version: 3.38\n"
        "options { keep-hostname(yes); };\n"
        f'source s_app {{ file("{lines}" flags(no-parse) program-override("pay")'
        " default-priority(err) follow-freq(0.2) read-old-records(yes)); };\n" + destinations
    )
    home = HERE / "usr/lib/syslog-ng"
    command = [
        str(program), "-F", "-f", str(config), "--persist-file", str(folder / "persist"),
        "--pidfile", str(folder / "syslog-ng.pid"), "--control", str(folder / "syslog-ng.ctl"),
        "--module-path", str(home / "3.38"), "--no-caps",
    ]  # fmt: skip
    return command, {**os.environ, "LD_LIBRARY_PATH": f"{home}:{_LIBRARY}:{HERE / 'lib/x86_64-linux-gnu'}"}


def rsyslog_elastic_command(folder: Path, *, lines: Path, elastic_url: str, key: str) -> Command:
    """Return an rsyslog that sends a file's lines in bulk to an Elasticsearch door."""
    program = need_program("usr/sbin/rsyslogd")
    config = folder / "rsyslog-elastic.conf"
    fields = (
        ("@timestamp", 'name="timereported" dateFormat="rfc3339"'), ("message", 'name="msg"'),
        ("service.name", 'name="programname"'), ("log.level", 'name="syslogseverity-text"'),
    )  # fmt: skip
    listed = " ".join(f'property(outname="{name}" {told} format="jsonf")' for name, told in fields)
    config.write_text(
        f'global(workDirectory="{folder}")\n'
        'module(load="imfile")\nmodule(load="omelasticsearch")\n'
        f'template(name="line" type="list" option.jsonf="on") {{ {listed} }}\n'
        f'input(type="imfile" File="{lines}" Tag="by-rsyslog:" Severity="error" Facility="local0")\n'
        f'*.* action(type="omelasticsearch" server="{elastic_url}" searchIndex="logs" searchType=""'
        f' bulkmode="on" template="line" uid="collector" pwd="{key}"'
        f' errorFile="{folder / "refused.json"}")\n'
    )
    command = [
        str(program), "-n", "-f", str(config), "-i", str(folder / "rsyslog-elastic.pid"),
        "-M", str(_LIBRARY / "rsyslog"),
    ]  # fmt: skip
    return command, {**os.environ, "LD_LIBRARY_PATH": str(_LIBRARY)}


def start_vmagent(folder: Path, *, scrape: list[str], remote_write: str, key: str) -> Counterpart:
    """Return a running vmagent that writes to a remote door what it scrapes."""
    program = need_program("usr/bin/vmagent")
    port = free_ports()
    config = folder / "vmagent.yml"
    targets = [*scrape, f"127.0.0.1:{port}"]
    jobs = [{"job_name": "by-vmagent", "static_configs": [{"targets": targets}]}]
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))
    command = [
        str(program), f"-promscrape.config={config}", f"-remoteWrite.url={remote_write}",
        f"-remoteWrite.bearerToken={key}", f"-remoteWrite.tmpDataPath={folder / 'vmagent'}",
        f"-httpListenAddr=127.0.0.1:{port}",
    ]  # fmt: skip
    return Counterpart(command, f"http://127.0.0.1:{port}/health", folder / "vmagent.log")


def start_victoria_metrics(folder: Path) -> tuple[Counterpart, str]:
    """Return a running VictoriaMetrics that scrapes itself every second, and its address."""
    program = need_program("usr/bin/victoria-metrics")
    port = free_ports()
    config = folder / "scrape.yml"
    jobs = [{"job_name": "pay", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}))
    command = [
        str(program), f"-promscrape.config={config}", f"-storageDataPath={folder / 'data'}",
        f"-httpListenAddr=127.0.0.1:{port}", "-search.latencyOffset=0s", "-memory.allowedBytes=64MB",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    return Counterpart(command, f"{url}/health", folder / "victoria.log"), url

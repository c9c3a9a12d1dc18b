"""No served process speaks in clear text to another machine, unless the operator says that it may."""

from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput
from remediation.broker.targets import read_targets
from runtime.clear_targets import refuse_targets_in_clear_text
from runtime.clear_text import (
    refuse_clear_text,
    refuse_keys_in_clear_text,
)
from runtime.cli import main
from runtime.private_hosts import is_listed, is_of_this_machine
from runtime.settings.house import Settings

_ELSEWHERE: list[dict[str, dict[str, Any]]] = [
    {"database": {"url": "postgresql+psycopg://dogwatch@db.example/dogwatch"}},
    {"database": {"url": "postgresql+psycopg://dogwatch@db.example/dogwatch?sslmode=prefer"}},
    {"database": {"url": "postgresql+psycopg://dogwatch@/dogwatch?host=db.example"}},
    {"knowledge": {"chroma_url": "http://chroma.example:8000"}},
    {"knowledge": {"url": "http://library.example:8500"}},
    {"telemetry": {"clickhouse_url": "http://clickhouse.example:8123"}},
    {"model": {"base_url": "http://model.example:8000", "name": "m"}},
    {"telemetry": {"loki_url": "http://loki.example:3100", "loki_token": "t"}},
    {"telemetry": {"airflow_url": "http://airflow.example", "airflow_password": "p"}},
    {"assistants": {"servers": [{"name": "wiki", "tools": [], "url": "http://wiki.example/mcp"}]}},
]


@pytest.mark.proves("K3")
@pytest.mark.parametrize("tree", _ELSEWHERE)
def test_another_machine_in_clear_text_is_refused_with_the_remedy(tree: dict[str, dict[str, Any]]) -> None:
    (section, values), *_ = tree.items()
    (name, _value), *_ = values.items()

    with pytest.raises(BadInput) as refused:
        refuse_clear_text(Settings(**tree), "127.0.0.1:7233")

    said = refused.value.sentence()
    assert f"{section}.{name}" in said
    assert ".example" in said
    assert "private_hosts" in said


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"database": {"url": "postgresql+psycopg://dogwatch@db.example/dogwatch?sslmode=verify-full"}},
        {"database": {"url": "postgresql+psycopg://dogwatch@/dogwatch?host=/var/run/postgresql"}},
        {"database": {"url": "postgresql+psycopg://dogwatch@[::1]/dogwatch"}},
        {"knowledge": {"chroma_url": "https://chroma.example"}},
        {"telemetry": {"loki_url": "http://loki.example:3100"}},
        {"knowledge": {"chroma_url": "http://chroma.example:8000"}, "private_hosts": ["chroma.example"]},
    ],
)
def test_this_machine_a_sealed_line_and_a_private_host_are_fine(tree: dict[str, object]) -> None:
    refuse_clear_text(Settings(**tree), "localhost:7233")


@pytest.mark.parametrize(
    ("host", "listed", "answer"),
    [
        ("db.lake.internal", ("*.internal",), True),
        ("DB.lake.internal", ("*.LAKE.internal",), True),
        ("internal", ("*.internal",), False),
        ("evilinternal", ("*.internal",), False),
        ("lake.internal.evil.org", ("*.internal",), False),
        ("10.1.200.3", ("10.1.0.0/16",), True),
        ("10.2.0.1", ("10.1.0.0/16",), False),
        ("[fd00::7]", ("fd00::/8",), True),
        ("10.1.0.1.evil.org", ("10.1.0.0/16",), False),
    ],
)
def test_a_network_and_the_end_of_names_cover_what_they_say(
    host: str, listed: tuple[str, ...], answer: bool
) -> None:
    assert is_listed(host, Settings(private_hosts=listed).private_hosts) is answer


@pytest.mark.parametrize(
    "entry", ["10.1.0.5/16", "10.0.0.0/33", "http://db", "a b", "*", "db:5432", "*.*.x", ""]
)
def test_what_is_no_host_is_refused_at_the_start(entry: str) -> None:
    with pytest.raises(BadInput, match="private_hosts"):
        Settings(private_hosts=[entry])


def test_the_workflow_server_elsewhere_needs_tls() -> None:
    with pytest.raises(BadInput, match=r"temporal\.address"):
        refuse_clear_text(Settings(), "temporal.example:7233")
    refuse_clear_text(Settings(temporal={"tls": True}), "temporal.example:7233")


@pytest.mark.parametrize("verb", [["serve"], ["worker", "--queue", "front"], ["runner", "production"]])
def test_every_process_of_the_served_form_refuses_before_it_opens_anything(
    verb: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOGWATCH_TEMPORAL__ADDRESS", "temporal.example:7233")

    assert main(verb) == 1
    assert "without encryption" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "answer"), [("127.0.0.9", True), ("[::1]", True), ("10.0.0.1", False), ("127.example", False)]
)
def test_only_loopback_is_this_machine(host: str, answer: bool) -> None:
    assert is_of_this_machine(host) is answer


@pytest.mark.proves("K3", "I5")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "mcp.example"])  # noqa: S104  refused
def test_keys_of_assistants_are_not_taken_in_clear_text_from_other_machines(host: str) -> None:
    with pytest.raises(BadInput) as refused:
        refuse_keys_in_clear_text(Settings(assistants={"host": host}))

    assert host in refused.value.sentence()
    assert "proxy with TLS" in refused.value.sentence()
    refuse_keys_in_clear_text(Settings(assistants={"host": host}, private_hosts=[host]))
    refuse_keys_in_clear_text(Settings(assistants={"host": "127.0.0.1"}))


def test_the_verb_says_why_it_does_not_serve_assistants_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DOGWATCH_ASSISTANTS__HOST", "10.0.0.5")
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path))

    assert main(["mcp", "--http"]) != 0

    said = capsys.readouterr()
    assert "in clear text" in said.out + said.err


@pytest.mark.proves("K3")
def test_no_credential_of_a_target_goes_to_another_machine_in_clear_text() -> None:
    told = "[{kind: http, name: etl, environment: production, base_url: 'HTTP://etl.example/api'%s}]"
    sent = read_targets(told % ", write_credential: w")

    with pytest.raises(BadInput, match="etl") as refused:
        refuse_targets_in_clear_text(sent, Settings())

    assert "etl.example" in refused.value.say
    assert "private_hosts" in refused.value.next_step
    refuse_targets_in_clear_text(sent, Settings(private_hosts=("*.example",)))
    refuse_targets_in_clear_text(read_targets(told % ""), Settings())
    here = (told % ", write_credential: w").replace("etl.example", "127.0.0.1:9")
    refuse_targets_in_clear_text(read_targets(here), Settings())

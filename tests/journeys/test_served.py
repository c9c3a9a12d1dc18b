"""The served set-up, natively: PostgreSQL, a Temporal server, front and workers as processes of their own."""

import contextlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import yaml

from runtime.cli import _parser
from runtime.demo.samples import write_samples
from runtime.temporal_child import find_server
from tests.counterparts.postgres import create_database, postgres_server
from tests.counterparts.processes import free_ports
from tests.journeys.house import ROOT, wait_until
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.timeout(600)


@contextlib.contextmanager
def _process(command: list[str], log: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait(timeout=5)


_VERBS = (["serve"], ["worker", "--queue", "front"], ["worker", "--queue", "heavy"])


@contextlib.contextmanager
def _served(folder: Path, database: str) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Run what docker-compose.yml describes, without Docker: one front, then its workers."""
    temporal, web = free_ports(2), free_ports()
    settings = _settings(folder, database, temporal)
    with contextlib.ExitStack() as running:
        running.enter_context(_temporal(folder, temporal))
        _migrate(settings)
        children = [running.enter_context(_ours(verb, folder, settings, web)) for verb in _VERBS]
        url = f"http://127.0.0.1:{web}"
        wait_until(lambda: _is_up(url), 90)
        yield url, children


def _settings(folder: Path, database: str, temporal: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOGWATCH_")}
    return kept | {
        "DOGWATCH_DATA_DIR": str(folder / "data"),
        "DOGWATCH_DATABASE__URL": database,
        "DOGWATCH_TEMPORAL__ADDRESS": f"127.0.0.1:{temporal}",
    }


def _temporal(folder: Path, port: int) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    server = [find_server(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)]
    server += ["--ui-port", str(port + 1), "--namespace", "dogwatch", "--log-level", "error"]
    return _process(server, folder / "temporal.log", dict(os.environ))


def _migrate(settings: dict[str, str]) -> None:
    command = [sys.executable, "-m", "runtime", "migrate"]
    subprocess.run(command, cwd=ROOT, env=settings, check=True, capture_output=True, timeout=60)


def _ours(
    verb: list[str], folder: Path, settings: dict[str, str], web: int = 0
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    log = folder / f"{verb[-1]}-{web}.log"
    return _process(
        [sys.executable, "-m", "runtime", *verb], log, settings | {"DOGWATCH_WEB__PORT": str(web)}
    )


def _is_up(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
    return False


@pytest.mark.proves("A4", "E2")
def test_the_journey_walks_on_postgresql_with_front_and_workers_apart(tmp_path: Path) -> None:
    sample = write_samples(tmp_path / "samples") / "fx_trades.csv"
    with postgres_server() as address:
        database = create_database(address, "dogwatch")
        with _served(tmp_path, database) as (url, children):
            sam, ada = Visitor(url, "sam"), Visitor(url, "ada")
            thread = sam.drop("data-feeds", sample)
            sam.answer_questions("data-feeds", thread, Feed_name="fx_trades")
            ada.press(ada.wait_for("approvals", "Approve? Onboard feed fx_trades"), "Approve")
            merged = sam.wait_for("data-feeds", "Merged: fx_trades", thread)
            sam.press(merged, "Revert")
            ada.press(ada.wait_for("approvals", "Approve? Revert feed fx_trades"), "Approve")
            with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as truth:
                wait_until(lambda: truth.execute("SELECT count(*) FROM feeds").fetchone() == (0,))
            assert [child.poll() for child in children] == [None, None, None]


def test_every_command_of_the_compose_file_is_a_verb_with_settings_that_exist() -> None:
    described = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = described["services"]
    ours = {name: service for name, service in services.items() if "build" in service}

    assert {"postgres", "temporal", "chroma", "front", "heavy"} <= set(services)
    for service in ours.values():
        command = service["command"]
        assert command[0] == "dogwatch"
        assert hasattr(_parser().parse_args(command[1:]), "verb")
        for name in service.get("environment", {}):
            assert re.fullmatch(r"DOGWATCH_[A-Z_]+", name)
            assert _is_setting(name), name


def test_the_image_and_its_volumes_let_the_processes_do_what_they_have_to() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    assert "postgresql-client" in (ROOT / "Dockerfile").read_text(), "backup copies PostgreSQL with pg_dump"
    assert services["temporal"]["user"] == "root", "a fresh volume belongs to root"
    assert "/healthz" in services["front"]["healthcheck"]["test"][-1]
    assert "localhost" in services["front"]["environment"]["DOGWATCH_WEB__PUBLIC_URL"]


def test_the_image_holds_every_room_and_is_built_from_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    copied = {
        part
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ")
        for part in line.split()[1:-1]
    }
    seen = (ROOT / ".dockerignore").read_text().splitlines()

    assert set(rooms) <= copied
    assert {line.removeprefix("!") for line in seen if line.startswith("!")} == copied
    assert "*" in seen, "keys, data folders and secrets never reach the builder"


def test_no_secret_stands_in_the_compose_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    assert not re.search(r"(?i)(password|secret|token)\w*:[ ]*['\"]?[a-z0-9]{6,}", text)


def _is_setting(name: str) -> bool:
    from runtime.settings.house import Settings

    parts = name.removeprefix("DOGWATCH_").lower().split("__")
    field = Settings.model_fields.get(parts[0])
    if field is None or len(parts) == 1:
        return field is not None
    section = field.annotation
    return section is not None and parts[1] in getattr(section, "model_fields", {})

"""The doctor and the start say which line of an operator's file is wrong, and where nothing can be kept."""

import argparse
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from domain.errors import BadInput, NotNow
from runtime.doctor.examination import examine
from runtime.doctor.house import examine_data_folder, examine_files, examine_people
from runtime.doctor.web import examine_web
from runtime.processes.up import run_up
from runtime.settings.house import Settings
from runtime.verbs.house import run_doctor
from runtime.wiring.policy_file import read_policy
from runtime.wiring.stores import open_stores
from storage.engine import Database
from storage.migrate import migrate
from tests.full_disk import files_end_at


def _settings(tmp_path: Path, text: str = "") -> Settings:
    file = tmp_path / "people.yaml"
    file.write_text(text)
    return Settings(data_dir=tmp_path / "data", people_file=str(file) if text else "", policy_file=str(file))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("people:\n  - id: x\n   name: [oops\n", "line 3, column 4"),
        ("hello\n", "not laid out as I expect"),
        ("people: [{id: bob, name: Bob, roles: [enginer]}]\n", "roles.0, 'enginer'"),
        ("people: [{id: bob, name: Bob, roles: [engineer]}]\n", "role approver"),
    ],
)
def test_a_peoples_file_that_cannot_work_is_told_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    found = examine_people(_settings(tmp_path, text))

    assert not found.is_fine
    assert says in found.says


def test_the_demo_people_and_a_folder_to_be_made_are_well(tmp_path: Path) -> None:
    settings = _settings(tmp_path)

    assert examine_people(settings).is_fine
    assert examine_data_folder(settings).is_fine


def test_a_policy_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read_policy(_settings(tmp_path, "rules:\n  - id: [\n"))

    assert "line 3" in refused.value.sentence()


def test_a_data_folder_that_is_a_file_is_found_by_the_doctor_and_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    settings = _settings(tmp_path)

    assert "is a file" in examine_data_folder(settings).says
    with pytest.raises(NotNow, match="data folder"):
        run_up(settings)


@pytest.mark.parametrize(
    ("web", "says"),
    [
        ({"host": "192.0.2.1", "demo": False}, "set web.public_url"),
        ({"public_url": "https://dogwatch.example.org"}, "set web.demo to false"),
        ({"public_url": "http://dogwatch.example.org", "demo": False}, "in clear text"),
    ],
)
def test_how_people_reach_the_pages_is_looked_at(tmp_path: Path, web: dict[str, object], says: str) -> None:
    found = examine_web(Settings(data_dir=tmp_path, web=web))

    assert (found.is_fine, says in found.says) == (False, True)


@pytest.mark.parametrize("web", [{}, {"public_url": "https://dogwatch.example.org", "demo": False}])
def test_pages_of_this_machine_and_those_behind_https_are_well(
    tmp_path: Path, web: dict[str, object]
) -> None:
    assert examine_web(Settings(data_dir=tmp_path, web=web)).is_fine


def test_what_the_doctor_finds_is_said_once_and_not_in_a_log_besides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    migrate(Database(settings.database_url()))
    open_stores(settings).database.close()
    (tmp_path / "knowledge").mkdir(exist_ok=True)

    run_doctor(argparse.Namespace())

    assert caplog.text == ""


@pytest.mark.parametrize(
    ("last", "says"),
    [("", "at a port that the first start takes"), ("18423", "http://127.0.0.1:18423, with demo")],
)
def test_a_free_port_is_told_as_the_one_that_the_house_took(tmp_path: Path, last: str, says: str) -> None:
    if last:
        (tmp_path / "lock").write_text(last, encoding="ascii")

    found = examine_web(Settings(data_dir=tmp_path, web={"port": 0}))

    assert found.is_fine
    assert says in found.says
    assert ":0" not in found.says


def _made(tmp_path: Path) -> Settings:
    """Return the settings of a house that was started once."""
    settings = Settings(data_dir=tmp_path / "data")
    stores = open_stores(settings)
    stores.database.close()
    return settings


@pytest.mark.parametrize(
    ("spoil", "part", "says"),
    [
        (
            lambda data: (data / "runner").mkdir() or (data / "runner/health.json").touch(),
            "sandbox",
            "health",
        ),
        (
            lambda data: (data / "runner").mkdir() or (data / "runner/health.json").write_text("[]"),
            "sandbox",
            "health",
        ),
        (lambda data: (data / "keys").rename(data / "away") and (data / "keys").touch(), "alerts", "keys"),
        (lambda data: (data / "keys").rename(data / "away"), "data folder", "no keys"),
    ],
    ids=["empty", "no faults", "a file for keys", "no keys"],
)
def test_one_damaged_part_hides_nothing_of_the_others(
    tmp_path: Path, spoil: Callable[[Path], object], part: str, says: str
) -> None:
    settings = _made(tmp_path)
    parts = {one.part for one in examine(settings)}
    spoil(settings.data_dir)

    found = {one.part: one for one in examine(settings)}

    assert found.keys() == parts
    assert not found[part].is_fine
    assert says in found[part].says


def test_a_link_that_leads_nowhere_is_no_trouble_of_the_kept_files(tmp_path: Path) -> None:
    settings = _made(tmp_path)
    (settings.data_dir / "blobs" / "ab").mkdir()
    (settings.data_dir / "blobs" / "ab" / "gone").symlink_to(tmp_path / "nowhere")

    assert examine_files(settings).is_fine


def test_a_disk_that_takes_nothing_is_found_though_its_rights_are_as_before(tmp_path: Path) -> None:
    settings = _made(tmp_path)

    with files_end_at(0):
        found = examine_data_folder(settings)

    assert not found.is_fine
    assert "takes nothing that is written" in found.says
    assert examine_data_folder(settings).is_fine
    assert list(settings.data_dir.glob("tmp*")) == []


def test_a_folder_that_others_may_read_is_remarked_on(tmp_path: Path) -> None:
    settings = _made(tmp_path)
    private = examine_data_folder(settings).says
    settings.data_dir.chmod(0o755)

    found = examine_data_folder(settings)

    assert "other accounts" not in private
    assert found.is_fine
    assert "other accounts" in found.says


def test_a_port_that_another_program_has_is_told_and_that_of_a_house_is_not(tmp_path: Path) -> None:
    class Front(BaseHTTPRequestHandler):
        answer = b"hello"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.answer)))
            self.end_headers()
            self.wfile.write(self.answer)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Front) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = Settings(data_dir=tmp_path, web={"port": server.server_address[1]})
        another = examine_web(settings)
        Front.answer = b'{"status": "degraded", "parts": {}}'
        house = examine_web(settings)
        server.shutdown()
    free = examine_web(settings)

    assert not another.is_fine
    assert "is taken by another program" in another.says
    assert house.is_fine
    assert free.is_fine

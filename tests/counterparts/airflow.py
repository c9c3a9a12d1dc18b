"""The real Airflow, 2 or 3, on a database of its own, with two small feeds; installed by `airflow.sh`."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.counterparts.processes import free_ports
from tests.waiting import wait_until

HERE = Path(__file__).parent
_DOCS = HERE.parents[1] / "docs" / "run-reports.md"
_ROOT = {2: "api/v1", 3: "api/v2"}


def need_airflow(major: int) -> Path:
    """Return the folder of an installed Airflow; skip the test without it."""
    folder = Path(os.environ.get("DOGWATCH_COUNTERPARTS", Path.home() / ".cache" / "dogwatch"))
    home = folder / f"airflow-{major}"
    if not (home / ".version").exists():
        pytest.skip(f"Airflow {major} is not installed; run make install-airflow")
    return home


class Airflow:
    """A running Airflow; stop it with `stop`.

    Args:
        major: 2 or 3.
        folder: Where it keeps everything.
        intake_url: Where its OpenLineage provider and its callbacks report.
        key: The key they show there.
    """

    user, reader = "admin", "reader"
    """Who may do all, and who may only look; both with `password`."""

    def __init__(self, major: int, folder: Path, intake_url: str, key: str) -> None:
        self._major, self._home = major, need_airflow(major)
        self._folder = folder
        port = free_ports(4)
        self.url = f"http://127.0.0.1:{port}"
        self.password = secrets.token_hex(12)
        self._environment = self._settings(port) | {
            "OPENLINEAGE_URL": f"{intake_url}/intake/openlineage/", "OPENLINEAGE_API_KEY": key,
            "DOGWATCH_URL": intake_url, "DOGWATCH_KEY": key,
        }  # fmt: skip
        self._place_feeds()
        self._log = (folder / "airflow.log").open("wb")
        self._make_user()
        # A session of its own: Airflow starts children that outlive a signal to their parent alone.
        self._child = subprocess.Popen(
            self._command("standalone"), env=self._environment, cwd=folder,
            stdout=self._log, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        try:
            self._await_start(time.monotonic() + 240)
        except BaseException:
            self.stop()
            raise

    def _settings(self, port: int) -> dict[str, str]:
        told = {
            "CORE__LOAD_EXAMPLES": "False", "CORE__DAGS_FOLDER": str(self._folder / "dags"),
            "CORE__PARALLELISM": "2",
            "API__PORT": str(port), "API__HOST": "127.0.0.1", "API__BASE_URL": self.url,
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "WEBSERVER__WEB_SERVER_PORT": str(port), "WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
            "WEBSERVER__WORKERS": "1", "WEBSERVER__BASE_URL": self.url,
            "API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
            "LOGGING__WORKER_LOG_SERVER_PORT": str(port + 1),
            "LOGGING__TRIGGER_LOG_SERVER_PORT": str(port + 2),
            "SCHEDULER__DAG_DIR_LIST_INTERVAL": "5", "USAGE_DATA_COLLECTION__ENABLED": "False",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{self.user}:admin,{self.reader}:viewer",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self._folder / "passwords.json"),
        }  # fmt: skip
        named = {f"AIRFLOW__{name}": value for name, value in told.items()}
        path = f"{self._home / 'bin'}:{os.environ['PATH']}"
        return {**os.environ, **named, "AIRFLOW_HOME": str(self._folder), "PATH": path}

    def _place_feeds(self) -> None:
        shutil.copytree(HERE / "airflow_dags", self._folder / "dags")
        block = re.search(r"```python\n(# tell_dogwatch.py\n.*?)```", _DOCS.read_text(), re.DOTALL)
        assert block is not None
        (self._folder / "dags" / "tell_dogwatch.py").write_text(block[1])

    def _make_user(self) -> None:
        if self._major == 3:
            (self._folder / "passwords.json").write_text(
                json.dumps(dict.fromkeys((self.user, self.reader), self.password))
            )
            return
        commands = [["db", "migrate"], ["sync-perm"]]
        for user, role in ((self.user, "Admin"), (self.reader, "Viewer")):
            named = ["-u", user, "-p", self.password, "-r", role, "-e", f"{user}@example.org"]
            commands.append(["users", "create", *named, "-f", "A", "-l", "B"])
        for command in commands:
            subprocess.run(
                self._command(*command), env=self._environment, stdout=self._log, stderr=self._log, check=True
            )

    def _command(self, *words: str) -> list[str]:
        return [str(self._home / "bin" / "airflow"), *words]

    def _await_start(self, deadline: float) -> None:
        wait_until(self._knows_its_feeds, deadline - time.monotonic())

    def _knows_its_feeds(self) -> bool:
        if self._child.poll() is not None:
            raise RuntimeError(f"Airflow ended with {self._child.returncode}, see {self._log.name}")
        try:
            return self.ask("GET", "dags").json().get("total_entries") == 2
        except (httpx.HTTPError, ValueError):
            return False

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Return the answer of its REST interface, as its administrator."""
        with httpx.Client(base_url=self.url, timeout=30) as http:
            if self._major == 2:
                http.auth = (self.user, self.password)
            else:
                pair = {"username": self.user, "password": self.password}
                told = http.post("/auth/token", json=pair).raise_for_status().json()
                http.headers["Authorization"] = f"Bearer {told['access_token']}"
            return http.request(method, f"/{_ROOT[self._major]}/{path}", json=body).raise_for_status()

    def run_feeds(self, identity: str, at: str) -> None:
        """Run one feed, which starts the other, and wait until both have ended."""
        for feed in ("fx_trades", "fx_rates"):
            self.ask("PATCH", f"dags/{feed}", {"is_paused": False})
        self.ask("POST", "dags/fx_trades/dagRuns", {"dag_run_id": identity, "logical_date": at})
        wait_until(lambda: self._states() == {"success", "failed"}, 240)

    def _states(self) -> set[str]:
        return {run["state"] for run in self.ask("GET", "dags/~/dagRuns").json()["dag_runs"]}

    def stop(self) -> None:
        """End it and all its children."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._child.pid, how)
                self._child.wait(15)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self._log.close()

"""What the runner's process may know and hold: nothing that it does not need to follow signed orders."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import BadInput
from runtime.processes.runner import runner_settings
from runtime.processes.runner_children import runner_children
from runtime.settings.house import Settings
from tests.remediation.contained import ROOT

FORBIDDEN = (
    "storage",
    "bot",
    "web",
    "knowledge",
    "predictors",
    "rca",
    "config_gen",
    "telemetry",
    "integrations",
    "sqlmodel",
    "sqlalchemy",
    "litellm",
    "chromadb",
    "torch",
    "slack_bolt",
    "botbuilder",
)


@pytest.mark.proves("Q2", "S11")
def test_the_runner_imports_no_database_no_chat_and_no_model() -> None:
    asked = "import sys, json, runtime.processes.runner\n"
    asked += f"print(json.dumps([m for m in {FORBIDDEN!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


@pytest.mark.proves("Q2", "S11")
def test_the_runners_environment_holds_no_secret_of_the_front(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK__BOT_TOKEN", "DATABASE__URL", "GIT__GITHUB_TOKEN", "TEAMS__APP_PASSWORD"):
        monkeypatch.setenv(f"DOGWATCH_{name}", "postgresql://x:secret-4711@h/d")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-4711")
    made: list[tuple[str, list[str], dict[str, str]]] = []

    def make(name: str, command: list[str], log: Path, environment: dict[str, str]) -> str:
        made.append((name, command, environment))
        return name

    children = runner_children(Settings(data_dir=tmp_path / "data"), "127.0.0.1:7233", make)

    assert children == ["demo service", "runner"]
    for _, command, environment in made:
        assert "secret-4711" not in " ".join(command) + json.dumps(environment)
        assert not set(environment) - {*_harmless(), "DOGWATCH_DATA_DIR", "PYTHONPATH", "PYTHONSAFEPATH"}


@pytest.mark.proves("E1")
def test_a_runner_without_a_public_order_key_believes_nobody(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with pytest.raises(BadInput, match="no public order key"):
        runner_settings(settings, "production")

    runner_children(settings, "127.0.0.1:7233", lambda name, command, log, environment: name)
    found = runner_settings(settings, "production")

    assert found.audience == "runner-production"
    assert len(found.public_keys) == 1
    private = json.loads((tmp_path / "data" / "keys" / "orders.ed25519").read_text())["private"]
    assert private not in found.model_dump_json()


def _harmless() -> set[str]:
    return {"PATH", "HOME", "LANG", "PYTHONPATH", "PYTHONUNBUFFERED", "SSL_CERT_FILE"} & set(os.environ)

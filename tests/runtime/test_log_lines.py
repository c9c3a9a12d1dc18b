"""The log holds no secret of the settings, and nothing that looks like one."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from domain.text.redaction import MASK, Redaction
from runtime.log_lines import JsonLines, known_secrets, secrets_of_house
from runtime.settings.house import Settings


@pytest.mark.proves("K4")
def test_a_secret_of_the_settings_is_masked_in_event_fact_and_trace() -> None:
    settings = Settings()
    held = settings.model.model_copy(update={"api_key": SecretStr("quietly-held-value")})
    settings = settings.model_copy(update={"model": held})
    lines = JsonLines(Redaction(known_secrets(settings)))
    try:
        raise ValueError("refused quietly-held-value")
    except ValueError:
        record = logging.LogRecord(
            "dogwatch", logging.ERROR, __file__, 1, "called with quietly-held-value", None, sys.exc_info()
        )
    record.address = "postgresql://app:t0psecret@db/orders"

    line = lines.format(record)

    assert "quietly-held-value" not in line
    assert "t0psecret" not in line
    assert MASK in json.loads(line)["event"]


@pytest.mark.proves("K4")
def test_every_secret_that_the_house_can_read_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_PASSWORD", "in-a-variable-4821")
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "ledger").write_text(json.dumps({"user": "reader", "secret": "in-a-file-4821"}))
    (folder / "damaged").write_text("{")
    settings = Settings(
        data_dir=tmp_path,
        database={"url": "postgresql+psycopg://app:in%2Fan-address-4821@db/orders"},
        watch={"credentials": {"a": "in-a-table-4821"}, "credential_variables": ["LEDGER_PASSWORD"]},
        assistants={"servers": [{"name": "wiki", "tools": [], "token": "in-a-list-4821"}]},
    )

    known = secrets_of_house(settings)

    for secret in (
        "in-a-variable",
        "in-a-file",
        "in/an-address",
        "in%2Fan-address",
        "in-a-table",
        "in-a-list",
    ):
        assert f"{secret}-4821" in known


@pytest.mark.proves("K4")
def test_a_secret_is_masked_before_a_fact_is_cut_and_within_json_within_a_line() -> None:
    lines = JsonLines(Redaction(["held-value-4821-of-the-house"]))
    record = logging.LogRecord("dogwatch", logging.INFO, __file__, 1, "sent %s", ("{}",), None)
    record.args = (
        json.dumps({"db_password": "S3cretValue", "key": "-----BEGIN PRIVATE" + " KEY-----\nMIIE" * 2}),
    )
    record.address = "x" * 285 + "held-value-4821-of-the-house"

    line = lines.format(record)

    assert "held-value-4" not in line
    assert "S3cretValue" not in line
    assert json.loads(line)["event"].startswith("sent ")


@pytest.mark.proves("K4")
def test_what_nobody_caught_and_what_uvicorn_says_is_masked_too() -> None:
    program = (
        "import logging, os, sys, threading\n"
        "from runtime.log_lines import log_to_stderr\n"
        "log_to_stderr()\n"
        "def fail(): raise ValueError('refused held-value-4821')\n"
        "worker = threading.Thread(target=fail); worker.start(); worker.join()\n"
        "import uvicorn\n"
        "from runtime.verbs.assistants_server import uvicorn_config\n"
        "uvicorn_config(None)\n"
        "logging.getLogger('uvicorn.error').error('Exception in ASGI application held-value-4821')\n"
        "fail()\n"
    )
    environment = {**os.environ, "DOGWATCH_MODEL__API_KEY": "held-value-4821"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )

    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert len(said) == 3
    assert all(MASK in json.dumps(line, ensure_ascii=False) for line in said)
    assert "held-value" not in done.stderr
    assert done.returncode == 1

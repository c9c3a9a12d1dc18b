"""`dogwatch import airflow`, from what a real Airflow answered."""

from pathlib import Path

import pytest

from domain.errors import BadInput
from runtime.settings.house import Settings
from runtime.verbs.import_runs import import_airflow
from runtime.wiring.stores import open_stores
from tests.integrations.recorded import read_answers, served


def test_runs_and_what_they_read_are_imported_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput):
        import_airflow(Settings(), 2)
    monkeypatch.setenv("DOGWATCH_TELEMETRY__AIRFLOW_USER", "reader")
    monkeypatch.setenv("DOGWATCH_TELEMETRY__AIRFLOW_PASSWORD", "its password")
    with served(read_answers("airflow-3")["answers"]) as address:
        monkeypatch.setenv("DOGWATCH_TELEMETRY__AIRFLOW_URL", address)
        for new in (2, 0):
            assert import_airflow(Settings(), 2) == 0
            told = capsys.readouterr().out
            assert "2 runs of 2 feeds" in told
            assert f"{new} were new" in told
            assert "add --live" in told

    stores = open_stores(Settings())
    with stores.transactions.reading() as uow:
        assert uow.runs.upstreams() == {"fx_rates": ("fx_trades",)}
    stores.database.close()

"""What `doctor` says of the model that foretells trouble."""

from pathlib import Path

from runtime.doctor.models import examine_models
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores


def test_without_a_model_it_says_what_answers(tmp_path: Path) -> None:
    found = examine_models(Settings(data_dir=tmp_path / "none"))

    assert (found.is_fine, found.says) == (
        True,
        "none yet; a rule on elapsed time answers until one is trained",
    )
    assert not (tmp_path / "none").exists()


def test_files_that_no_one_can_use_are_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    open_stores(settings).keys.secret("models")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "failures-1.json").write_text("")

    found = examine_models(settings)

    assert not found.is_fine
    assert found.says == (
        "failures-1.json can't be used, so a rule on elapsed time answers; a training is called by itself"
    )

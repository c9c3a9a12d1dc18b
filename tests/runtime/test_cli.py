"""The command line before any verb has begun: names, numbers, and which release it is."""

import tomllib
from pathlib import Path

import pytest

from runtime.cli import main
from storage.migrate import NEWEST

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("doctr", "doctor"), ("Doctor", "doctor"), ("bakup", "backup"), ("restor", "restore")],
)
def test_a_verb_that_is_near_one_is_answered_with_that_one(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed]) == 2
    assert capsys.readouterr().err == (
        f"There is no verb {typed}. Did you mean `dogwatch {meant}`? `dogwatch --help` lists all.\n"
    )


@pytest.mark.parametrize("typed", ["🙂", "“feeds”", "x" * 400, ""])
def test_a_verb_that_is_near_none_gets_no_proposal(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([typed]) == 2
    said = capsys.readouterr().err
    assert "Did you mean" not in said
    assert len(said) < 200


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "ten", "٣", "9" * 5000, ""])
def test_a_number_out_of_bounds_is_refused_in_words(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "feeds", f"--feeds={number}"])

    assert ended.value.code == 2
    assert "is no whole number from 1 to 20,000" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [["worker", "--queue", "heavy"], ["runner", "production"]])
def test_a_web_address_of_the_workflow_server_is_answered_with_what_to_write(
    verb: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*verb, "--temporal", "https://temporal.internal:7233"])

    assert ended.value.code == 2
    assert "write temporal.internal:7233 and set temporal.tls to true" in capsys.readouterr().err


def test_the_release_is_told_with_its_number_its_database_and_its_folder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    number = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

    assert main(["--version"]) == 0

    assert capsys.readouterr().out == f"dogwatch {number}, database {NEWEST}, from {_ROOT}\n"


def test_nothing_said_shows_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "doctor" in capsys.readouterr().out


def test_a_database_that_does_not_answer_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DOGWATCH_DATABASE__URL", "postgres://dogwatch:word-4821@127.0.0.1:1/house")

    assert main(["user", "list"]) == 1

    said = capsys.readouterr().err
    assert said.startswith("My database can't be used: connection failed")
    assert "word-4821" not in said


def test_a_file_that_is_no_database_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dogwatch.db").write_bytes(b"no database at all, but long enough to be looked at" * 40)
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path))

    assert main(["user", "list"]) == 1
    assert "file is not a database" in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_made_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "file" / "house"))

    codes = [main(["user", "list"]), main(["migrate"])]

    assert codes == [1, 1]
    assert capsys.readouterr().err.count("can't be made: not a directory.") == 2

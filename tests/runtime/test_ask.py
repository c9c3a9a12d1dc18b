"""What a terminal says to whoever reads it: a person, a program, a script that asks for the exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.cli import main


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path))


def test_an_answer_that_nobody_reads_to_its_end_is_no_fault() -> None:
    talk = "from runtime.verbs.ask import while_it_is_read as w; say = w(); say('a'); say('b'); say('c')"
    reading, writing = os.pipe()
    os.close(reading)

    told = subprocess.run(
        [sys.executable, "-c", talk], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60
    )

    os.close(writing)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("who", [["--as", "Ada"], ["--as", "“ada”"], []])
def test_a_freeze_by_nobody_known_fails_and_says_who_may_be_named(
    who: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "machine")

    code = main(["freeze", *who, "disk", "on", "fire"])

    said = capsys.readouterr().err
    assert code == 1
    assert "Say who you are: --as, one of ada, ben, erin or sam." in said
    assert "Nothing is frozen." in said


def test_a_freeze_that_holds_is_a_success_also_when_it_is_asked_for_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    codes = [main(["freeze", "--as", "ada", "disk"]), main(["freeze", "--as", "ben", "disk"])]

    assert codes == [0, 0]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("person", "code"), [("sam", 0), ("sma", 1)])
def test_what_nobody_known_asks_is_a_failure(
    person: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "--as", person, "waiting"]) == code
    assert ("--as" in capsys.readouterr().err) is bool(code)


@pytest.mark.parametrize(
    ("words", "code"),
    [(["help"], 0), (["whoami?"], 0), (["link"], 0), (["help!"], 0), (["helper"], 1), (["feeds"], 1)],
)
def test_what_anybody_may_say_is_a_success_also_for_nobody_known(words: list[str], code: int) -> None:
    assert main(["ask", "--as", "newbie", *words]) == code


def test_a_word_of_lifting_is_a_success_where_it_counts() -> None:
    says = ["lift"], ["quarter", "end"], ["lift"], ["lift"], ["lift"], ["lift", "now"], ["lift"]
    who = ["ada", "ada", "ada", "ada", "sam", "ben", "ben"]

    codes = [main(["freeze", "--as", name, *words]) for name, words in zip(who, says, strict=True)]

    assert codes == [1, 0, 0, 1, 1, 0, 1]

"""People and accounts as an operator writes them on the command line."""

from pathlib import Path

import pytest

from domain.errors import BadInput
from runtime.cli import main
from runtime.verbs.access import account_of


class _Said:
    """What a verb prints, with its exit code."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str]:
        code = main(arguments)
        told = self._capsys.readouterr()
        return code, told.out + told.err


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> _Said:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path))
    return _Said(capsys)


@pytest.mark.parametrize(
    ("text", "workspace", "user"),
    [
        ("console:local:maria", "local", "maria"),
        ("slack:T0123:U0456", "T0123", "U0456"),
        ("web:web:maria", "web", "maria"),
        ("web:https://login.example.org:8443/x:abc-1", "https://login.example.org:8443/x", "abc-1"),
        ("web:ldap:ou=people,dc=example:5e00553e-800b", "ldap:ou=people,dc=example", "5e00553e-800b"),
    ],
)
def test_an_account_is_platform_workspace_and_user(text: str, workspace: str, user: str) -> None:
    found = account_of(text)

    assert (found.workspace, found.user) == (workspace, user)


@pytest.mark.parametrize(
    "text", ["", "maria", "console:local", "web:maria", "fax:local:maria", "console::maria"]
)
def test_what_names_no_account_is_said_in_words(text: str) -> None:
    with pytest.raises(BadInput, match="account"):
        account_of(text)


@pytest.mark.parametrize("name", ["“ann”", "ann lee", "ann,", "ann\n", "", "-ann", "a" * 81, "🙂"])
def test_an_id_that_nobody_could_type_makes_no_person(said: _Said, name: str) -> None:
    code, told = said("user", "add", f"--id={name}", "--name", "Ann Lee")

    assert code == 1
    assert "id" in told
    assert "Ann Lee" not in said("user", "list")[1]


@pytest.mark.parametrize("name", ["maria.k@example.org", "o_brien-2", "zoë", "4711"])
def test_ids_of_directories_and_of_other_languages_are_taken(said: _Said, name: str) -> None:
    assert said("user", "add", "--id", name, "--name", "Maria")[0] == 0
    assert name in said("user", "list")[1]


def test_blanks_after_commas_are_no_part_of_a_role_a_team_or_a_scope(said: _Said) -> None:
    added = said(
        "user", "add", "--id", "zoe", "--name", "Zoe", "--roles", "engineer, on_call", "--teams", " a , b"
    )
    key = said("key", "add", "--person", "zoe", "--name", "k", "--scope", "read, intake")

    assert (added[0], key[0]) == (0, 0)
    assert "engineer,on_call" in said("user", "list")[1]


def test_somebody_who_is_known_is_changed_without_saying_the_name_again(said: _Said) -> None:
    said("user", "add", "--id", "sam", "--name", "Sam Streams", "--roles", "stream_team")

    assert said("user", "add", "--id", "sam", "--roles", "stream_team,lead")[0] == 0

    assert "Sam Streams" in (listed := said("user", "list")[1])
    assert "lead,stream_team" in listed


@pytest.mark.parametrize("told", [["--email", "nomail"], ["--name", "n" * 121], ["--phone", "12"]])
def test_what_could_never_be_used_is_refused_in_words(said: _Said, told: list[str]) -> None:
    code, answer = said("user", "add", "--id", "sam", *told)

    assert code == 1
    assert "Traceback" not in answer


@pytest.mark.parametrize(
    "verb",
    [["user", act, "--id", "nobody"] for act in ("activate", "deactivate", "erase", "sign-out", "password")]
    + [["key", "add", "--person", "nobody", "--name", "k"]],
)
def test_who_is_not_known_is_named_before_anything_is_asked(said: _Said, verb: list[str]) -> None:
    # Here whoever reads what is typed gets an OSError.
    assert said(*verb) == (
        1,
        "I don't know anybody with the id nobody. `dogwatch user list` shows who is known.\n",
    )

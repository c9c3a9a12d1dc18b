"""Commits as changes, from a repository that tries to run things."""

import contextlib
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from domain.ports.evidence_source import EvidenceQuery
from integrations.git_changes import GitChanges, service_of_files


def git(folder: Path, *arguments: str) -> None:
    told = ["git", "-C", str(folder), "-c", "user.name=Ana", "-c", "user.email=ana@example.org", *arguments]
    subprocess.run(told, check=True, capture_output=True)


def query(**more: object) -> EvidenceQuery:
    now = datetime.now(UTC) + timedelta(seconds=2)
    return EvidenceQuery(now - timedelta(minutes=30), now, now, **more)  # type: ignore[arg-type]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    for service, text in (("pay", "Raise the pool's size"), ("cart", "--output=/tmp/x: $(reboot)")):
        (tmp_path / "services" / service).mkdir(parents=True)
        (tmp_path / "services" / service / "app.py").write_text(text)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", text)
    return tmp_path


def test_commits_come_with_their_files_and_the_service_those_name(repository: Path) -> None:
    changes = GitChanges(repository).fetch(query()).changes

    assert {(change.service, change.summary) for change in changes} == {
        ("pay", "Raise the pool's size"),
        ("cart", "--output=/tmp/x: $(reboot)"),
    }
    assert all(change.files for change in changes)


@pytest.mark.proves("G2")
def test_what_the_repository_wants_to_run_does_not_run(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    for name in ("core.fsmonitor", "diff.external", "core.pager", "pager.log", "gpg.program"):
        git(repository, "config", name, f"touch {mark}")
    git(repository, "config", "log.showSignature", "true")

    GitChanges(repository).fetch(query())

    assert not mark.exists()


@pytest.mark.proves("G2")
@pytest.mark.parametrize("way", ["ext", "ssh"])
def test_a_repository_that_lacks_a_part_starts_nothing_to_get_it(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, way: str
) -> None:
    folder = tmp_path_factory.mktemp("partial")
    git(repository, "config", "uploadpack.allowFilter", "true")
    git(
        folder,
        "clone",
        "-q",
        "--no-checkout",
        "--filter=tree:0",
        f"file://{repository}",
        str(folder / "part"),
    )
    part, mark = folder / "part", folder / "ran"
    url = f"ext::touch {mark}" if way == "ext" else "ssh://nobody@127.0.0.1/x"
    for name, value in (
        ("remote.origin.url", url),
        ("protocol.ext.allow", "always"),
        ("core.sshCommand", f"touch {mark}; false"),
    ):
        git(part, "config", name, value)

    with contextlib.suppress(OutsideTrouble):
        GitChanges(part).fetch(query())

    assert not mark.exists()


def test_a_folder_without_a_repository_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutsideTrouble, match="git"):
        GitChanges(tmp_path / "nothing").fetch(query())


def test_a_change_of_several_services_names_none() -> None:
    assert service_of_files(("services/pay/a.py", "services/cart/b.py"), ()) == ""
    assert service_of_files(("x/pay/a.py",), ("pay", "cart")) == "pay"

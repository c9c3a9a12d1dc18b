"""Git does what our own code says and nothing that a name, a file or a repository's settings say."""

import ast
import re
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config_gen.git_objects import (
    feed_entries,
    find_feed,
    find_ref,
    path_of,
    tree_with,
    write_blob,
    write_commit,
)
from config_gen.git_repository import GitRefused, GitRepository, checked_branch, checked_sha
from config_gen.local_reviews import LocalReviews
from domain.configuration.reviews import PersonRef, quiet_line, quiet_text, visible
from domain.errors import BadInput
from domain.ids import FeedName, feed_name
from tests.config_gen.builders import ANA, JO, a_change

FX = feed_name("fx_trades")
HOSTILE_NAMES = [
    "../x", "..", ".", ".git", ".git/config", "a/../../b", "/etc/passwd", "-x", "--upload-pack=touch x",
    "con", "aux", "nul", "com1", "git", "head", "a.b", "A", "ﬁ", "a\u0301", "a b", "a\n", "a\0b", "",
    "x" * 64, "a~1", "~", "%2e%2e", "feeds/..\\..", "refs/heads/main", "@{-1}", "$(touch x)",
    "`id`", "a;b", "a|b", "*",
]  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "configs.git")
    made.create()
    return made


def a_commit(repository: GitRepository, tree_lines: bytes) -> str:
    tree = repository.git("mktree", "-z", "--missing", stdin=tree_lines).decode().strip()
    return write_commit(repository, tree=tree, parents=(), message="x", author=ANA, seconds=1)


def test_many_that_make_the_repository_at_once_all_find_it_whole(tmp_path: Path) -> None:
    path, together = tmp_path / "configs.git", threading.Barrier(6)

    def make() -> bytes:
        together.wait(30)
        one = GitRepository(path)
        one.create()
        return one.git("for-each-ref") + one.git("rev-parse", "--git-dir")

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: make(), range(6)))

    assert len(set(made)) == 1
    assert [found.name for found in tmp_path.iterdir()] == ["configs.git"]


def test_a_repository_that_was_left_half_made_is_made_whole(tmp_path: Path) -> None:
    half = tmp_path / "configs.git"
    half.mkdir()
    (half / "HEAD").write_text("ref: refs/heads/main\n")
    repository = GitRepository(half)

    repository.create()

    assert repository.git("for-each-ref") == b""


@pytest.mark.proves("G1")
def test_operands_are_never_options(repository: GitRepository, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for operand in (f"--upload-pack=touch {canary}", f"--output={canary}", f"-O{canary}", "--git-dir=/"):
        for verb in ("for-each-ref", "cat-file", "ls-tree", "rev-parse", "update-ref"):
            try:
                repository.git(verb, operands=(operand,))
            except GitRefused:
                continue
    assert not canary.exists()


@pytest.mark.proves("G1")
@pytest.mark.parametrize(
    "verb", ["fetch", "push", "clone", "grep", "diff", "log", "config", "submodule", "!sh"]
)
def test_only_plumbing_verbs_run(repository: GitRepository, verb: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        repository.git(verb)


@pytest.mark.proves("G1")
def test_no_call_of_git_anywhere_takes_a_text_that_is_no_operand() -> None:
    found, calls = [], 0
    for room in ("config_gen", "integrations", "remediation", "runtime", "knowledge"):
        for path in (Path(__file__).parents[2] / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "repo.git." not in text, path
            for node in ast.walk(ast.parse(text)):
                if not isinstance(node, ast.Call) or _called(node) not in ("git", "_git", "holds"):
                    continue
                calls += 1
                found += [f"{path}:{node.lineno}" for one in node.args if not _is_fixed(one)]

    assert calls > 15
    assert found == []


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _is_fixed(word: ast.expr) -> bool:
    """Say whether our own code wrote how the word begins: as a named option, or as a ref."""
    if isinstance(word, ast.JoinedStr):
        first = word.values[0]
        return (
            isinstance(first, ast.Constant)
            and re.match(r"--[a-z-]+=|refs/heads/", str(first.value)) is not None
        )
    if isinstance(word, ast.Starred):
        return isinstance(word.value, ast.Name) and word.value.id == "fixed"
    is_handed_on = isinstance(word, ast.Name) and (word.id == "verb" or word.id.isupper())
    return isinstance(word, ast.Constant) or is_handed_on


@pytest.mark.proves("G1")
@pytest.mark.parametrize(
    "name", ["refs/heads/x", "@{-1}", "@", "-x", "a..b", "a//b", "a.lock", "A", "", "a b", "x" * 101]
)
def test_branch_names_that_git_itself_would_take_are_refused(repository: GitRepository, name: str) -> None:
    with pytest.raises(BadInput):
        checked_branch(repository, name)


@pytest.mark.proves("G1")
@pytest.mark.parametrize("text", ["main", "HEAD", "0" * 39, "-" + "0" * 39, "0" * 40 + "\n", "^" + "0" * 39])
def test_only_whole_object_ids_are_commits(text: str) -> None:
    with pytest.raises(BadInput):
        checked_sha(text)


@pytest.mark.proves("G2")
def test_a_repository_with_every_hook_and_filter_set_runs_none_of_them(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    path = tmp_path / "configs.git"
    host = LocalReviews(path, gate=lambda feed, content, others: None)
    host.list_feeds()
    hook = f"#!/bin/sh\ntouch {canary}\nexit 1\n"
    (path / "hooks").mkdir(exist_ok=True)
    for name in ("pre-commit", "reference-transaction", "update", "pre-receive", "post-update", "commit-msg",
                 "fsmonitor-watchman", "pre-push", "post-checkout", "proc-receive"):  # fmt: skip
        script = path / "hooks" / name
        script.write_text(hook, encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IEXEC)
    settings = {
        "core.hooksPath": str(path / "hooks"),
        "core.fsmonitor": str(path / "hooks" / "pre-commit"),
        "core.sshCommand": f"touch {canary}",
        "core.pager": f"touch {canary}",
        "core.alternateRefsCommand": f"touch {canary}",
        "core.attributesFile": str(path / "attributes"),
        "diff.external": f"touch {canary}",
        "diff.evil.textconv": f"touch {canary}",
        "diff.evil.command": f"touch {canary}",
        "filter.evil.clean": f"touch {canary}",
        "filter.evil.smudge": f"touch {canary}",
        "filter.evil.process": f"touch {canary}",
        "filter.evil.required": "true",
        "merge.evil.driver": f"touch {canary}",
        "gpg.program": f"touch {canary}",
        "log.showSignature": "true",
        "credential.helper": f"!touch {canary}",
        "alias.update-ref": f"!touch {canary}",
        "alias.mktree": f"!touch {canary}",
        "submodule.recurse": "true",
        "gc.auto": "1",
        "commit.gpgSign": "true",
    }
    for name, value in settings.items():
        subprocess.run(["git", f"--git-dir={path}", "config", name, value], check=True)
    (path / "info").mkdir(exist_ok=True)
    (path / "info" / "attributes").write_text("* filter=evil diff=evil merge=evil\n", encoding="utf-8")

    review = host.open_review(a_change())
    host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)
    host.history(FX)

    assert host.read_feed(FX) == b"a: 1\n"
    assert not canary.exists()


@pytest.mark.proves("G2")
def test_a_repository_that_lacks_a_part_starts_nothing_to_get_it(tmp_path: Path) -> None:
    host = LocalReviews(tmp_path / "whole.git", gate=lambda feed, content, others: None)
    review = host.open_review(a_change())
    part, canary = tmp_path / "part.git", tmp_path / "canary"
    whole = ["git", f"--git-dir={tmp_path / 'whole.git'}"]
    subprocess.run([*whole, "config", "uploadpack.allowFilter", "true"], check=True)
    words = ["clone", "-q", "--bare", "--filter=tree:0", f"file://{tmp_path / 'whole.git'}", str(part)]
    subprocess.run(["git", *words], check=True)
    for way in (f"ext::touch {canary}", "ssh://nobody@127.0.0.1/x"):
        for name, value in (
            ("remote.origin.url", way),
            ("protocol.ext.allow", "always"),
            ("core.sshCommand", f"touch {canary}; false"),
        ):
            subprocess.run(["git", f"--git-dir={part}", "config", name, value], check=True)

        with pytest.raises(GitRefused):
            feed_entries(GitRepository(part), review.head_sha)

        assert not canary.exists()


@pytest.mark.proves("G2")
def test_variables_of_the_caller_do_not_reach_git(
    repository: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {canary}")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "alias.for-each-ref")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"!touch {canary}")
    monkeypatch.setenv("GIT_TRACE", str(canary))

    assert repository.git("for-each-ref") == b""
    assert not canary.exists()


@pytest.mark.proves("G3")
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_is_no_feed_name_has_no_path(name: str) -> None:
    with pytest.raises(BadInput):
        path_of(FeedName(name))


@pytest.mark.proves("G3")
@pytest.mark.parametrize("kind", [b"120000 blob", b"160000 commit", b"100644 blob"])
def test_a_folder_that_is_no_folder_is_left_alone(repository: GitRepository, kind: bytes) -> None:
    target = b"1" * 40 if b"commit" in kind else write_blob(repository, b"/etc").encode()
    commit = a_commit(repository, kind + b" " + target + b"\tfeeds\0")

    with pytest.raises(BadInput):
        tree_with(repository, commit, FX, b"a: 1\n")
    with pytest.raises(BadInput):
        find_feed(repository, commit, FX)


@pytest.mark.proves("G3")
@pytest.mark.parametrize("entry", [b"120000 blob %s\tfx_trades.yaml", b"100644 blob %s\tFX_trades.yaml"])
def test_a_link_or_a_twin_in_the_way_is_not_written_through(repository: GitRepository, entry: bytes) -> None:
    blob = write_blob(repository, b"../../etc/passwd").encode()
    folder = repository.git("mktree", "-z", stdin=entry % blob + b"\0").strip()
    commit = a_commit(repository, b"040000 tree " + folder + b"\tfeeds\0")

    assert FX not in feed_entries(repository, commit)
    with pytest.raises(BadInput):
        tree_with(repository, commit, FX, b"a: 1\n")


@pytest.mark.proves("G5")
@pytest.mark.parametrize(
    "text",
    [
        "fixes #1", "Closes acme/infra#12", "@team look", "@dependabot merge", "/approve", "  /merge now",
        "Co-authored-by: Eve <eve@example.com>", "Signed-off-by: Eve <e@e.test>", "skip-checks: true",
        "[skip ci] x", "***NO_CI***", "GH-12", "resolves https://github.com/acme/infra/issues/1",
        "!12 and ~label",
        "a\nb\n/approve",
        "<img src=x>", "![x](http://e.test/a.png)", "safe\u202egnp", "a\u200bb", "\x1b[31mred",
    ],
)  # fmt: skip
def test_outside_text_cannot_mention_close_or_command(text: str) -> None:
    for quiet in (quiet_line(text), *quiet_text(text).splitlines()):
        assert "@" not in quiet
        assert "://" not in quiet
        assert "<" not in quiet
        assert "[skip" not in quiet
        assert "](" not in quiet
        assert not quiet.lstrip().startswith("/")
        assert not any(sign in quiet for sign in ("#1", "GH-", "!12", "~label"))
        assert "-by:" not in quiet and "checks:" not in quiet  # noqa: PT018  one claim about trailers
        assert visible(quiet) == quiet


@pytest.mark.proves("G5")
def test_a_persons_name_cannot_write_a_second_header(tmp_path: Path) -> None:
    eve = PersonRef(name="Eve <e@e.test>\nCo-authored-by: x", email="eve@example.com")
    host = LocalReviews(tmp_path / "configs.git", gate=lambda feed, content, others: None)

    review = host.open_review(a_change(author=eve, title="Add\n\nfixes #1 @team"))

    raw = subprocess.run(
        ["git", f"--git-dir={tmp_path / 'configs.git'}", "cat-file", "commit", review.head_sha],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert raw.count("Co-authored-by:") == 0
    assert raw.count("\nauthor ") == 1
    assert "#1" not in raw


def test_a_git_that_does_not_end_is_ended(tmp_path: Path) -> None:
    GitRepository(tmp_path / "configs.git").create()
    hasty = GitRepository(tmp_path / "configs.git", timeout_seconds=0.0001)

    with pytest.raises(GitRefused):
        hasty.git("hash-object", "--stdin", stdin=bytes(50_000_000))


def test_a_ref_is_found_by_its_full_name_only(repository: GitRepository) -> None:
    commit = a_commit(repository, b"")
    repository.git("update-ref", operands=("refs/heads/main", commit))

    assert find_ref(repository, "refs/heads/main") == commit
    assert find_ref(repository, "refs/heads") is None

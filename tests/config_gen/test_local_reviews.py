"""Reviews in a bare repository: opened once, merged once, never forced, and whole after any kill."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config_gen.documents import dump
from config_gen.gate import inspect
from config_gen.git_repository import GitRepository
from config_gen.local_reviews import LocalReviews
from domain.configuration.reviews import Conflict, ReviewState
from domain.errors import BadInput, NotFound, NotNow, OutsideTrouble
from domain.ids import feed_name
from tests.config_gen.builders import ANA, JO, a_change, a_config

FX = feed_name("fx_trades")


def reviews(tmp_path: Path) -> LocalReviews:
    return LocalReviews(tmp_path / "configs.git", gate=lambda feed, content, others: None)


def git(tmp_path: Path, *arguments: str) -> str:
    command = ["git", f"--git-dir={tmp_path / 'configs.git'}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_merged_review_is_what_readers_find(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    review = host.open_review(a_change())

    merged = host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)

    assert merged.state is ReviewState.MERGED
    assert host.read_feed(FX) == b"a: 1\n"
    assert host.list_feeds() == [FX]
    assert [version.sha for version in host.history(FX)] == [merged.merged_sha]


def test_the_same_request_never_opens_two_reviews(tmp_path: Path) -> None:
    host = reviews(tmp_path)

    first, second = host.open_review(a_change()), host.open_review(a_change())

    assert first == second


def test_requests_at_the_same_moment_open_one_review(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    host.list_feeds()
    numbers: list[int] = []

    def ask() -> None:
        numbers.append(reviews(tmp_path).open_review(a_change()).number)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert numbers == [1] * 6


def test_merging_twice_merges_once(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    review = host.open_review(a_change())

    first = host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)
    second = host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)

    assert first == second
    assert len(host.history(FX)) == 1


def test_every_commit_is_signed_off_by_its_person(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    review = host.open_review(a_change())
    host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)

    trailers = git(tmp_path, "log", "--format=%an|%(trailers:key=Signed-off-by,valueonly)", "main")

    assert "Jo Byrne|Jo Byrne <jo@example.com>" in trailers
    assert "Ana Costa|Ana Costa <ana@example.com>" in trailers


def test_a_review_of_another_feed_is_put_on_top_of_what_was_merged_meanwhile(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    one = host.open_review(a_change("one_feed", "k1"))
    two = host.open_review(a_change("two_feed", "k2"))

    host.merge(one.number, expected_head_sha=one.head_sha, merged_by=JO)
    host.merge(two.number, expected_head_sha=two.head_sha, merged_by=JO)

    assert host.list_feeds() == ["one_feed", "two_feed"]


def test_a_second_change_of_one_feed_is_a_conflict_in_words(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    one = host.open_review(a_change(key="k1", content=b"a: 1\n"))
    two = host.open_review(a_change(key="k2", content=b"a: 2\n"))
    host.merge(one.number, expected_head_sha=one.head_sha, merged_by=JO)

    with pytest.raises(Conflict) as refused:
        host.merge(two.number, expected_head_sha=two.head_sha, merged_by=JO)

    assert "*fx_trades*" in refused.value.sentence()
    assert host.read_feed(FX) == b"a: 1\n"


def test_a_change_of_what_the_author_did_not_see_is_a_conflict(tmp_path: Path) -> None:
    host = reviews(tmp_path)

    with pytest.raises(Conflict):
        host.open_review(a_change(base=b"something else\n"))


def test_only_the_approved_head_is_merged(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    review = host.open_review(a_change())

    with pytest.raises(Conflict):
        host.merge(review.number, expected_head_sha="0" * 40, merged_by=JO)

    assert host.list_feeds() == []


def test_a_closed_review_is_never_merged(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    review = host.open_review(a_change())

    closed = host.close(review.number, closed_by=ANA, reason="withdrawn")

    assert closed.state is ReviewState.CLOSED
    with pytest.raises(NotNow):
        host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)


def test_a_revert_brings_the_former_bytes_back_and_a_removal_takes_the_feed_away(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    for number, (base, content) in enumerate(
        [(None, b"a: 1\n"), (b"a: 1\n", b"a: 2\n"), (b"a: 2\n", b"a: 1\n")]
    ):
        review = host.open_review(a_change(key=f"k{number}", base=base, content=content))
        host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)

    first = host.history(FX)[-1]
    assert host.read_feed(FX) == host.read_feed(FX, at=first.sha) == b"a: 1\n"

    gone = host.open_review(a_change(key="gone", base=b"a: 1\n", content=None))
    host.merge(gone.number, expected_head_sha=gone.head_sha, merged_by=JO)
    assert host.list_feeds() == []


def test_a_review_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        reviews(tmp_path).get_review(7)


@pytest.mark.proves("G4")
@pytest.mark.parametrize("name", ["password", "db_password", "dbPassword", "PGPASSWORD", "SecretAccessKey"])
def test_bytes_with_a_secret_are_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    host = LocalReviews(tmp_path / "configs.git", gate=inspect)
    content = dump(a_config(description=f"{name}: Tr0ub4dor-and-3"))

    with pytest.raises(BadInput) as refused:
        host.open_review(a_change(content=content))

    assert "password" in refused.value.sentence()
    assert "Tr0ub4dor" not in refused.value.sentence() + str(refused.value)
    assert git(tmp_path, "for-each-ref", "refs/heads/config") == ""


@pytest.mark.proves("G4")
def test_a_configuration_that_no_longer_fits_beside_the_others_is_not_merged(tmp_path: Path) -> None:
    host = LocalReviews(tmp_path / "configs.git", gate=inspect)
    same_table = {"bronze": {"database": "one", "table": "shared", "keep_days": 90}}
    one = host.open_review(a_change("one_feed", "k1", content=dump(a_config("one_feed", target=same_table))))
    two = host.open_review(a_change("two_feed", "k2", content=dump(a_config("two_feed", target=same_table))))
    host.merge(one.number, expected_head_sha=one.head_sha, merged_by=JO)

    with pytest.raises(BadInput) as refused:
        host.merge(two.number, expected_head_sha=two.head_sha, merged_by=JO)

    assert "one_feed" in refused.value.sentence()


WALKED = """
import sys
from pathlib import Path
from config_gen.local_reviews import LocalReviews
from tests.config_gen.builders import JO, a_change
host = LocalReviews(Path(sys.argv[1]), gate=lambda feed, content, others: None)
review = host.open_review(a_change())
host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)
"""
GIT_THAT_KILLS = """#!/bin/sh
read left < {left}
left=$((left - 1))
echo $left > {left}
[ $left -gt 0 ] || {{ kill -9 $PPID; exit; }}
exec {git} "$@"
"""
"""Stands in the way of git, and kills whoever calls it for the nth time, before anything is done."""


@pytest.mark.proves("G4")
@pytest.mark.parametrize("calls", [2, 5, 9, 12, 14, 16, 20, 24, 28, 30, 32, 34])
def test_a_kill_before_any_git_call_leaves_a_repository_that_a_second_try_finishes(
    tmp_path: Path, calls: int
) -> None:
    root = str(Path(__file__).parents[2])
    repository, left, program = tmp_path / "configs.git", tmp_path / "left", tmp_path / "bin" / "git"
    left.write_text(str(calls))
    program.parent.mkdir()
    program.write_text(GIT_THAT_KILLS.format(left=left, git=shutil.which("git")))
    program.chmod(0o700)
    ended = subprocess.run(
        [sys.executable, "-c", WALKED, str(repository)],
        check=False,
        cwd=root,
        env={**os.environ, "PYTHONPATH": root, "PATH": f"{program.parent}:{os.environ['PATH']}"},
    )
    assert ended.returncode == -signal.SIGKILL, "fewer calls of git than that"

    host = reviews(tmp_path)
    review = host.open_review(a_change())
    host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)

    assert review.number == 1
    assert len(host.history(FX)) == 1
    assert "fatal" not in git(tmp_path, "fsck", "--strict")


def test_a_lock_that_a_dead_git_left_does_not_block_for_ever(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    host.list_feeds()
    (tmp_path / "configs.git" / "refs" / "heads" / "main.lock").touch()

    review = host.open_review(a_change())

    assert (
        host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO).state is ReviewState.MERGED
    )


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    repository = GitRepository(tmp_path / "configs.git")
    repository.create()

    with pytest.raises(ZeroDivisionError), repository.exclusively():
        raise ZeroDivisionError

    with repository.exclusively():
        assert repository.git("for-each-ref") == b""


def _gone(tmp_path: Path) -> tuple[LocalReviews, int, str]:
    host = reviews(tmp_path)
    review = host.open_review(a_change())
    shutil.rmtree(tmp_path / "configs.git")
    return host, review.number, review.head_sha


def test_a_folder_that_goes_away_while_in_use_is_not_begun_anew(tmp_path: Path) -> None:
    host, number, head = _gone(tmp_path)

    for use in (
        host.list_feeds,
        host.read_all,
        lambda: host.read_feed(FX),
        lambda: host.history(FX),
        lambda: host.open_review(a_change(key="k2")),
        lambda: host.get_review(number),
        lambda: host.merge(number, expected_head_sha=head, merged_by=JO),
        lambda: host.close(number, closed_by=JO, reason="no"),
    ):
        with pytest.raises(OutsideTrouble, match="no refs/heads/main"):
            use()

    assert not (tmp_path / "configs.git").exists()


def test_a_folder_that_comes_back_is_used_on(tmp_path: Path) -> None:
    host = reviews(tmp_path)
    review = host.open_review(a_change())
    (tmp_path / "configs.git").rename(tmp_path / "away.git")
    with pytest.raises(OutsideTrouble):
        host.list_feeds()

    (tmp_path / "away.git").rename(tmp_path / "configs.git")

    assert host.get_review(review.number) == review

"""The agreed branch is begun once, and not again by another process while its folder is away."""

import shutil
from pathlib import Path

import pytest

from config_gen.local_reviews import LocalReviews
from domain.errors import OutsideTrouble
from domain.ids import feed_name
from tests.config_gen.builders import a_change


def _process(tmp_path: Path) -> LocalReviews:
    return LocalReviews(tmp_path / "configs.git", gate=lambda feed, content, others: None)


def test_who_starts_while_the_folder_is_away_begins_nothing_anew(tmp_path: Path) -> None:
    running = _process(tmp_path)
    number = running.open_review(a_change()).number
    (tmp_path / "configs.git").rename(tmp_path / "away.git")

    for each in (_process(tmp_path), running):
        with pytest.raises(OutsideTrouble, match="no refs/heads/main"):
            each.list_feeds()
    assert not (tmp_path / "configs.git").exists()

    (tmp_path / "away.git").rename(tmp_path / "configs.git")
    assert _process(tmp_path).get_review(number) == running.get_review(number)


def test_a_folder_of_an_older_version_is_marked_when_it_is_read(tmp_path: Path) -> None:
    _process(tmp_path).list_feeds()
    (tmp_path / "configs.git.begun").unlink(missing_ok=True)
    assert _process(tmp_path).list_feeds() == []
    shutil.rmtree(tmp_path / "configs.git")

    with pytest.raises(OutsideTrouble):
        _process(tmp_path).read_feed(feed_name("fx_trades"))


def test_who_takes_the_mark_away_too_begins_anew(tmp_path: Path) -> None:
    _process(tmp_path).list_feeds()
    shutil.rmtree(tmp_path / "configs.git")
    (tmp_path / "configs.git.begun").unlink()

    assert _process(tmp_path).list_feeds() == []


def test_a_disk_that_takes_no_mark_keeps_nobody_from_reading(tmp_path: Path) -> None:
    _process(tmp_path).list_feeds()
    mark = tmp_path / "configs.git.begun"
    mark.unlink()
    mark.symlink_to(tmp_path / "nowhere" / "mark")

    assert _process(tmp_path).list_feeds() == []
    assert not mark.exists()

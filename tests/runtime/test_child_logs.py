"""What the processes beside the doors write about themselves does not fill the disk."""

from pathlib import Path

from runtime.child_logs import keep_short
from tests.full_disk import files_end_at


def test_a_log_that_grew_too_long_begins_anew_under_a_writer_that_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "heavy.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old line\n" * 100)
        assert not keep_short(log, most_bytes=900)

        writer.write(b"one more\n")
        assert keep_short(log, most_bytes=900)
        writer.write(b"first of the new ones\n")

    assert log.read_bytes() == b"first of the new ones\n"
    assert (tmp_path / "heavy.log.1").read_bytes().endswith(b"one more\n")
    assert (tmp_path / "heavy.log.1").stat().st_mode & 0o077 == 0


def test_where_no_copy_finds_room_the_log_gives_way(tmp_path: Path) -> None:
    log = tmp_path / "heavy.log"
    log.write_bytes(b"x" * 1000)

    with files_end_at(500):
        is_begun_anew = keep_short(log, most_bytes=900)

    assert is_begun_anew
    assert log.stat().st_size == 0
    assert not (tmp_path / "heavy.log.1").exists()


def test_a_log_that_does_not_exist_yet_is_no_trouble(tmp_path: Path) -> None:
    assert not keep_short(tmp_path / "heavy.log")

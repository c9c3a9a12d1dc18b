"""A feed in a real house: merged, drifted, edited in the web chat's form; and twenty kinds of files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import House, house, wait_until
from tests.journeys.sample_files import sample_files
from tests.journeys.visitor import Visitor, name_of, words

pytestmark = pytest.mark.timeout(600)
_ROWS = [f"T{n:04d},2026-11-{n % 28 + 1:02d},{n * 10}.50,EUR" for n in range(1, 41)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house") / "data") as started:
        yield started


def _write(folder: Path, name: str, header: str, rows: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def _approve(ada: Visitor, title: str) -> None:
    ada.press(ada.wait_for("approvals", title), "Approve")


def _whispers(answer: dict[str, object]) -> str:
    return " ".join(words(whisper) for whisper in answer["whispers"])  # type: ignore[attr-defined]


def test_drift_is_shown_adopted_edited_and_merged(running: House, tmp_path: Path) -> None:
    sam, ada = Visitor(running.url, "sam"), Visitor(running.url, "ada")
    header = "trade_id,trade_date,amount,currency"
    thread = sam.drop("data-feeds", _write(tmp_path, "fx_trades.csv", header, _ROWS))
    sam.answer_questions("data-feeds", thread, Feed_name="fx_trades")
    _approve(ada, "Approve? Onboard feed fx_trades")
    sam.wait_for("data-feeds", "Merged: fx_trades", thread)

    drifted = _write(tmp_path, "fx_trades.csv", f"{header},desk", [f"{row},d1" for row in _ROWS])
    second = sam.drop("data-feeds", drifted)
    card = sam.wait_for("data-feeds", "Schema drift: fx_trades", second)
    assert "desk" in words(card)
    assert "Key candidates" in _whispers(sam.press(card, "Columns and evidence"))
    sam.press(card, "Make the pull request")
    card = sam.wait_for("data-feeds", "Waits for approval: fx_trades", second)
    assert "(text, optional): compatible for readers" in words(card)

    editor = sam.press(card, "Edit")["whispers"]
    dialog = sam.press(editor[0], "Settings: owner, schedule, target")["dialog"]
    cron = name_of(dialog["html"], "When is it loaded")
    refused = sam.submit(dialog, {cron: "when it rains"})
    assert set(refused["input_errors"]) == {cron}
    assert sam.submit(dialog, {cron: "07:15"})["input_errors"] == {}
    ada.wait_for("approvals", "15 7")
    _approve(ada, "Approve? Edit feed fx_trades")
    sam.wait_for("data-feeds", "Merged: fx_trades", second)


def test_a_few_files_of_other_kinds_are_merged(running: House, tmp_path: Path) -> None:
    files = [
        ("orders.ndjson", b"".join(b'{"id": %d, "at": "2026-11-02T08:00:00Z"}\n' % n for n in range(30))),
        (
            "betraege.csv",
            b"Nr;Datum;Betrag\n" + b"".join(b"%d;02.11.2026;%d,50\n" % (n, n) for n in range(30)),
        ),
        ("ledger.txt", b"".join(b"%06d  ACCT%04d  %010.2f\n" % (n, n % 7, n * 1.5) for n in range(30))),
    ]
    _merge_all(running, tmp_path, files, "few")


@pytest.mark.slow
@pytest.mark.timeout(3_000)
def test_twenty_files_of_many_kinds_are_merged(running: House, tmp_path: Path) -> None:
    _merge_all(running, tmp_path, sample_files(), "many")


def _merge_all(running: House, tmp_path: Path, files: list[tuple[str, bytes]], prefix: str) -> None:
    """Carry each file from the drop through questions, review and approval to the merge."""
    sam, ada = Visitor(running.url, "sam"), Visitor(running.url, "ada")
    threads: dict[str, str] = {}
    for number, (name, body) in enumerate(files, 1):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_bytes(body)
        threads[f"{prefix}_{number}"] = sam.drop("data-feeds", folder / name)

    for feed, thread in threads.items():
        sam.answer_questions("data-feeds", thread, Feed_name=feed, Where_to_tell="#feeds")
        _approve(ada, f"Approve? Onboard feed {feed} ")
        sam.wait_for("data-feeds", f"Merged: {feed}", thread)

    wait_until(lambda: set(threads) <= {name for (name,) in running.rows("SELECT name FROM feeds")})

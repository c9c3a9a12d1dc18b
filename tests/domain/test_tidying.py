"""Which files stay: what is needed anywhere, and the rest for a while."""

from datetime import UTC, datetime, timedelta

from domain.errands import DeliveryState
from domain.ids import BlobId
from domain.tidying import Keeping, KeptFile, superfluous

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEEPING = Keeping(newest=3)


def _file(name: str, days: float, **more: object) -> KeptFile:
    told = {"feed": "fx_trades", "state": DeliveryState.RELEASED} | more
    return KeptFile(BlobId(name), NOW - timedelta(days=days), **told)  # type: ignore[arg-type]


def _gone(*files: KeptFile, troubled: tuple[str, ...] = ()) -> list[str]:
    return [str(blob) for blob in superfluous(files, troubled, KEEPING, NOW)]


def test_old_deliveries_go_but_for_the_newest_that_say_what_is_usual() -> None:
    files = [_file(f"f{days}", days) for days in (100, 80, 60, 50, 40)]

    assert _gone(*files) == ["f100", "f80"]
    assert _gone(*files, *(_file(f"new{n}", n) for n in range(3))) == ["f100", "f80", "f60", "f50", "f40"]


def test_what_is_held_asked_about_in_trouble_or_in_use_stays() -> None:
    newest = [_file(f"new{n}", n) for n in range(3)]
    refused = {"state": DeliveryState.REFUSED}

    assert _gone(*newest, _file("a", 90, state=DeliveryState.HELD)) == []
    assert _gone(*newest, _file("a", 90, was_asked_about=True, **refused)) == []
    assert _gone(*newest, _file("a", 401, was_asked_about=True, **refused)) == ["a"]
    assert _gone(*newest, _file("a", 90, **refused), troubled=("fx_trades",)) == []
    assert _gone(*newest, _file("a", 90, feed="", state=None, is_in_use=True)) == []
    assert _gone(*newest, _file("a", 90, feed="", state=None), _file("b", 29, feed="", state=None)) == ["a"]


def test_bytes_that_one_use_needs_stay_for_all() -> None:
    newest = [_file(f"new{n}", n) for n in range(3)]

    assert _gone(*newest, _file("same", 90, feed="", state=None), _file("same", 1, feed="b")) == []

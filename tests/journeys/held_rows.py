"""What is told of rows at a door: deliveries held back and decided, a feed that differs from its source."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from domain.approval.approvals import Verdict
from domain.stories import StoryCall, StoryKind
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.journeys.doors import Door, Seen, wait_for
from tests.journeys.house import wait_until
from tests.journeys.intake_calls import KEY

_GOOD = b"trade_id,amount\n" + b"".join(b"T%d,%d.50\n" % (n, n % 90) for n in range(900))


def _bad(rows: int) -> bytes:
    return b"trade_id,amount\n" + b"T1,\n" * rows


def held_back_and_decided(door: Door) -> None:
    """Release, refuse and let expire what was held back; what waits holds nobody else back."""
    headers = {"authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=door.house.url, headers=headers, timeout=60) as etl:
        first, second, third = (_held(etl, f"f{number}.csv", 300 + number) for number in (1, 2, 3))
        assert len({first, second, third}) == 3
        good = etl.post("/intake/deliveries/trades?file=good.csv&wait=30", content=_GOOD).json()
        assert good["load"], "one that waits holds nobody else back"

        card = _asked(door, "f1.csv", "A later delivery of this feed scored", "was released")
        door.press(card, "Approve", "approvals")
        wait_until(lambda: etl.get(first).json()["load"], 30)
        _over(door, "Approved: Release f1.csv")

        why = {"What has to change?": "half of it is missing"}
        door.answer(_asked(door, "f2.csv"), "Reject", "approvals", **why)
        wait_until(lambda: etl.get(second).json()["state"] == "refused", 30)
        assert "half of it is missing" in _over(door, "Rejected: Release f2.csv").text
        assert not etl.get(second).json()["load"]

        _let_expire(door, third)
        wait_until(lambda: etl.get(third).json()["state"] == "refused", 30)
        _over(door, "Expired: Release f3.csv", "Nobody decided in time")


def two_sides(folder: Path) -> dict[str, str]:
    """Write both sides of the last days, the target of each day that is over without a third of its rows."""
    for back in range(4):
        day = (datetime.now(UTC) - timedelta(days=back)).date().isoformat()
        rows = [f"{number},{number * 2},{day}" for number in range(300)]
        for side in ("source", "target"):
            kept = rows[:200] if side == "target" and back >= 1 else rows
            (folder / f"{side}_{day}.csv").write_text("\n".join(["id,price,day", *kept]))
    sides = {f"{side}_file": f"{folder}/{side}_{{date}}.csv" for side in ("source", "target")}
    return sides | {"key": "id", "columns": "price", "date_column": "day"}


def differs_and_is_compared(door: Door) -> None:
    """Nobody asked: the card is there by itself, is compared again, and is called expected."""
    card = wait_for(door, "prices differs from its source", "33.33%", "missing rows")
    door.press(card, "Compare again")
    wait_for(door, "Reconciliation of prices", "200 rows")
    door.press(wait_for(door, "prices differs from its source"), "This is expected")
    assert "Compare again" not in wait_for(door, "Expected: prices", "Sam Streams").buttons


def _held(etl: httpx.Client, name: str, rows: int) -> str:
    """Deliver something bad; return the address that tells what became of it."""
    ask = str(etl.post(f"/intake/deliveries/trades?file={name}&wait=30", content=_bad(rows)).json()["ask"])
    wait_until(lambda: etl.get(ask).json()["state"] != "scoring", 90)
    told = etl.get(ask).json()
    assert (told["state"], told["load"]) == ("held", False), told
    return ask


def _asked(door: Door, *says: str) -> Seen:
    return wait_for(door, "Approve? Release", *says, room="approvals")


def _over(door: Door, *says: str) -> Seen:
    """Return a card that is over: nobody can press it any more."""
    card = wait_for(door, *says, room="approvals")
    assert "Approve" not in card.buttons
    return card


def _let_expire(door: Door, ask: str) -> None:
    stores = open_stores(Settings(data_dir=door.house.data))
    with stores.transactions.writing() as uow:
        (listed,) = uow.approval_list.of_subject(f"delivery/{ask.rpartition('/')[2]}")
        request = uow.approvals.get(listed.id)
        assert request.verdict is Verdict.PENDING
        now = stores.clock.now()
        uow.approvals.save(request.model_copy(update={"expires_at": now}))
        uow.stories.add(StoryCall(key=f"t{ask}", kind=StoryKind.APPROVAL, subject_id=request.id, at=now))
    stores.database.close()

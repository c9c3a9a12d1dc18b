"""What is left in the inbox after a crash or an outage: done or given up, and told to who acted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.model import Card, Dialog, Reply
from domain.errors import OutsideTrouble
from domain.identity.chat import Account, FileRef, Incoming, IncomingKind, MessageRef, Place, Platform
from domain.proof.audit import AuditAct
from runtime.processes.front_inbox import InboxRounds
from runtime.wiring.doors import Doors
from storage.audit.audit_verify import rows_of
from tests.bot.desk_house import DeskHouse, account_of, place_of


class Notebook:
    """A chat that writes down what it whispers to whom."""

    platform = Platform.WEB

    def __init__(self) -> None:
        self.whispers: list[tuple[str, str]] = []
        self.while_whispering: Callable[[], None] = lambda: None

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        return MessageRef(place=place, message=key)

    async def update(self, message: MessageRef, card: Card) -> None:
        pass

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        self.whispers.append((account.user, card.plain))
        self.while_whispering()

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        pass

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        pass


class Front:
    """An inbox with its rounds."""

    def __init__(self, folder: Path) -> None:
        self.house = DeskHouse(folder)
        self.chat = Notebook()
        doors = Doors(adapters={Platform.WEB: self.chat})
        house = self.house
        self.rounds = InboxRounds(house.transactions.reading, house.clock, house.desk, doors)

    def keep(self, key: str, text: str = "", person: str = "sam", **more: object) -> None:
        """Keep an act as a door did before it died."""
        plain: dict[str, object] = {
            "key": key, "kind": IncomingKind.MESSAGE, "account": account_of(person, "web"),
            "place": place_of("web"), "at": self.house.clock.now(), "text": text, "message": "7",
        }  # fmt: skip
        with self.house.transactions.writing() as uow:
            uow.inbox.accept(Incoming.model_validate(plain | more))

    async def look(self, *, later: timedelta = timedelta(0)) -> bool:
        self.house.clock.at += later
        return await self.rounds.look(self.house.clock.now() + timedelta(seconds=1))

    def refusals(self) -> list[str]:
        rows = [row for row in rows_of(self.house.database) if row["act"] == AuditAct.REFUSED.value]
        return [str(row) for row in rows]

    def is_done(self, key: str) -> bool:
        with self.house.transactions.reading() as uow:
            return uow.inbox.is_done(key)


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return Front(tmp_path)


@pytest.mark.proves("D3")
async def test_who_acted_before_a_crash_reads_the_answer_after_it(front: Front) -> None:
    front.keep("web:1", "whoami")

    await front.look()

    assert [(who, said.partition(";")[0]) for who, said in front.chat.whispers] == [
        ("web-sam", "You are Sam")
    ]
    assert front.is_done("web:1")


async def test_a_press_that_is_refused_after_a_crash_says_why(front: Front) -> None:
    front.keep("web:1", kind=IncomingKind.PRESS, token="forged")

    await front.look()

    ((who, said),) = front.chat.whispers
    assert (who, "I didn't make this button" in said) == ("web-sam", True)


async def test_what_could_not_be_done_for_a_day_is_given_up_and_said(front: Front) -> None:
    front.house.trouble = OutsideTrouble("chat away", say="The chat does not give me the file.")
    file = FileRef(name="a.csv", size_bytes=3, platform_ref="F1")
    front.keep("web:1", "look at this", kind=IncomingKind.UPLOAD, files=(file,))
    await front.look()
    (waits,) = front.chat.whispers
    assert "does not give me the file" in waits[1]

    await front.look(later=timedelta(hours=23))
    assert not front.is_done("web:1")
    await front.look(later=timedelta(hours=1, minutes=1))
    await front.look(later=timedelta(hours=1))

    assert front.is_done("web:1")
    assert [who for who, _ in front.chat.whispers] == ["web-sam", "web-sam"]
    assert "look at this" in front.chat.whispers[1][1]
    assert "could not be done for a day" in front.chat.whispers[1][1]
    assert any("could not be done for a day" in one for one in front.refusals())


async def test_acts_that_wait_for_something_dead_keep_no_newer_one_waiting(front: Front) -> None:
    front.house.trouble = OutsideTrouble("chat away", say="The chat does not give me the file.")
    file = FileRef(name="a.csv", size_bytes=3, platform_ref="F1")
    for number in range(150):
        front.keep(f"web:dead{number}", kind=IncomingKind.UPLOAD, files=(file,))
    assert [await front.look() for _ in range(3)] == [True, True, False]

    front.keep("web:new", "whoami", person="ada")
    await front.look(later=timedelta(seconds=1))

    assert front.is_done("web:new")


async def test_an_entry_picked_on_an_old_message_is_as_young_as_the_pick(front: Front) -> None:
    said_at = front.house.clock.now() - timedelta(days=3)
    front.keep(
        "web:1", "It broke", kind=IncomingKind.SHORTCUT, inputs={"shortcut": "keep_message"}, said_at=said_at
    )

    await front.look()

    assert "could not be done for a day" not in str(front.refusals())


@pytest.mark.proves("D2")
async def test_an_act_that_another_front_did_meanwhile_is_not_answered_twice(front: Front) -> None:
    now = front.house.clock.now()
    front.keep("web:1", "whoami", at=now - timedelta(seconds=2))
    front.keep("web:2", "whoami", at=now - timedelta(seconds=1))
    wrong = Reply(input_errors={"reason": "Say why."}).model_dump_json()

    def done_elsewhere() -> None:
        with front.house.transactions.writing() as uow:
            uow.inbox.finish("web:2", now, wrong)

    front.chat.while_whispering = done_elsewhere

    await front.look()

    assert [said.partition(";")[0] for _, said in front.chat.whispers] == ["You are Sam"]


async def test_an_answer_that_another_release_kept_in_another_form_is_no_fault(front: Front) -> None:
    front.keep("web:1", "whoami")
    with front.house.transactions.writing() as uow:
        uow.inbox.finish("web:1", front.house.clock.now(), '{"dialog": {"form": 2}}')
        (act,) = uow.inbox.said_recently(account_of("sam", "web"), front.house.clock.now(), 1)

    assert await front.house.desk.work(act) == Reply()
    assert front.refusals() == []

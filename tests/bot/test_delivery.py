"""Messages follow the truth: posted once, updated in place, late rather than lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.model import Card, Dialog
from bot.delivery import Delivery
from bot.presenters.drawing import Drawing
from bot.presenters.sentences import sentence
from bot.refused_cards import OtherChannels
from domain.approval.approval_requests import cards_of
from domain.configuration.changes import ChangeState
from domain.errors import OutsideTrouble
from domain.identity.chat import Account, FileRef, Incoming, MessageRef, Place, Platform
from domain.ids import ApprovalId, FeedName, RequestId
from domain.telling.postings import Delivery as How
from domain.telling.postings import Posting, View
from domain.watch.alerts import Alert, AlertState, alert_id
from runtime.steady import steadily
from tests.bot.desk_house import DeskHouse, place_of
from tests.domain.builders import a_posting, an_alert
from tests.waiting import until


@dataclass
class FlakyChat:
    """A platform that fails as told, and remembers what it shows."""

    troubles: list[OutsideTrouble] = field(default_factory=list)
    refused_updates: list[OutsideTrouble] = field(default_factory=list)
    updates: int = 0
    posted: list[str] = field(default_factory=list)
    shown: dict[str, Card] = field(default_factory=dict)
    platform: Platform = Platform.WEB

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post once for each key."""
        if self.troubles:
            raise self.troubles.pop(0)
        if key not in self.shown:
            self.posted.append(key)
        self.shown[key] = card
        return MessageRef(place=place, message=key)

    async def update(self, message: MessageRef, card: Card) -> None:
        """Replace a card."""
        self.updates += 1
        if self.refused_updates or self.troubles:
            raise (self.refused_updates or self.troubles).pop(0)
        self.shown[message.message] = card

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        """Not used here."""

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        """Not used here."""

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Not used here."""


@dataclass
class HangingChat(FlakyChat):
    """A platform that answers nothing until it is let go."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Wait, then post."""
        self.waiting += 1
        await self.go.wait()
        return await super().post(place, card, key)


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    return DeskHouse(tmp_path)


def _say(house: DeskHouse, key: str, text: str = "hello", place: Place | None = None) -> None:
    with house.transactions.writing() as uow:
        uow.postings.add(
            a_posting(
                View.MESSAGE,
                "",
                place or place_of("web"),
                house.clock.at,
                key=key,
                card=sentence("Note", text).model_dump_json(),
            )
        )


def _posting(house: DeskHouse, key: str) -> Posting:
    with house.transactions.reading() as uow:
        found = uow.posting_lookup.find(key)
    assert found is not None
    return found


async def _deliver_until(
    house: DeskHouse,
    chat: FlakyChat,
    *keys: str,
    state: How = How.STANDING,
    beside: FlakyChat | None = None,
    others: OtherChannels | None = None,
) -> None:
    def is_so(key: str) -> bool:
        return _stands(house, key) if state is How.STANDING else _posting(house, key).state is state

    async with _running(house, chat, beside, others=others):
        await _until(lambda: all(map(is_so, keys)))


@contextlib.asynccontextmanager
async def _running(
    house: DeskHouse, *chats: FlakyChat | None, others: OtherChannels | None = None
) -> AsyncIterator[None]:
    delivery = Delivery(
        {one.platform: one for one in chats if one},
        Drawing(house.blobs),
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
        others=others,
    )
    running = asyncio.create_task(delivery.run())
    try:
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def _until(condition: Callable[[], bool], between: Callable[[], None] = lambda: None) -> None:
    """Wait until something holds; `between` happens before each further look, such as time that passes."""
    await until(lambda: condition() or between())


def _passes(house: DeskHouse, **time: int) -> Callable[[], None]:
    def pass_by() -> None:
        house.clock.at += timedelta(**time)

    return pass_by


def _stands(house: DeskHouse, key: str) -> bool:
    posting = _posting(house, key)
    return posting.state is How.STANDING and posting.shown == posting.wanted


def _change_card(house: DeskHouse, key: str) -> str:
    with house.transactions.writing() as uow:
        uow.postings.add(a_posting(View.CHANGE, "change/c1", place_of("web"), house.clock.at, key=key))
    return key


async def test_a_message_is_posted_once(house: DeskHouse) -> None:
    chat = FlakyChat()
    _say(house, "k1")
    _say(house, "k1")

    await _deliver_until(house, chat, "k1")

    assert chat.posted == ["k1"]


async def test_a_card_is_redrawn_in_place_as_it_then_is(house: DeskHouse) -> None:
    chat = FlakyChat()
    house.change_in_review()
    _change_card(house, "card")
    await _deliver_until(house, chat, "card")
    before = chat.shown["card"].title

    with house.transactions.writing() as uow:
        change = uow.changes.get(RequestId("c1"))
        uow.changes.save(change.model_copy(update={"state": ChangeState.REJECTED, "sentence": "No."}))
        for _ in range(3):
            uow.postings.refresh("change/c1", house.clock.at)
    await _deliver_until(house, chat, "card")

    assert before.startswith("Waits for approval")
    assert chat.shown["card"].title.startswith("Rejected")
    assert chat.posted == ["card"]


@pytest.mark.proves("N1")
async def test_a_platform_that_is_away_gets_it_later(house: DeskHouse) -> None:
    chat = FlakyChat(troubles=[OutsideTrouble("429", say="Too fast.")])
    chat.troubles[0].retry_after_seconds = 7.0
    _say(house, "k1")

    running = asyncio.create_task(_deliver_until(house, chat, "k1"))
    await _until(lambda: bool(_posting(house, "k1").last_trouble))
    waits = _posting(house, "k1").next_attempt_at - house.clock.at
    house.clock.at += timedelta(seconds=8)
    await running

    assert waits == timedelta(seconds=7)
    assert chat.posted == ["k1"]


async def test_a_platform_that_asks_to_slow_down_is_left_alone_for_that_kind_of_call(
    house: DeskHouse,
) -> None:
    slow = OutsideTrouble("429", say="Too fast.")
    slow.retry_after_seconds = 30.0
    chat = FlakyChat()
    house.change_in_review()
    cards = [_change_card(house, key) for key in ("c1", "c2", "c3")]
    await _deliver_until(house, chat, *cards)
    chat.refused_updates = [slow]
    with house.transactions.writing() as uow:
        uow.postings.refresh("change/c1", house.clock.at)

    _say(house, "new")
    async with _running(house, chat):
        await _until(lambda: _posting(house, "new").state is How.STANDING)
        await _until(lambda: any(_posting(house, key).last_trouble for key in cards))
        tried = chat.updates
        house.clock.at += timedelta(seconds=20)
        with house.transactions.writing() as uow:
            uow.postings.refresh("change/c1", house.clock.at)
        _say(house, "newer")
        await _until(lambda: _posting(house, "newer").state is How.STANDING)
        assert chat.updates == tried
        house.clock.at += timedelta(seconds=11)
        await _until(lambda: all(_stands(house, key) for key in cards))

    assert all(_posting(house, key).attempts == 0 for key in cards)


async def test_a_platform_that_hangs_holds_up_no_other(house: DeskHouse) -> None:
    slack, web = HangingChat(platform=Platform.SLACK), FlakyChat()
    for number in range(60):
        _say(house, f"s{number}", place=place_of("slack", "C0DESK"))
    async with _running(house, slack, web):
        await _until(lambda: slack.waiting > 0)
        _say(house, "w1")
        await _until(lambda: _stands(house, "w1"))
        most = slack.waiting
        slack.go.set()

    assert 0 < most < 24


async def test_a_busy_platform_is_no_reason_to_show_an_alert_elsewhere(house: DeskHouse) -> None:
    slow = [OutsideTrouble("429", say="Too fast.") for _ in range(20)]
    for one in slow:
        one.retry_after_seconds = 5.0
    slack, web = FlakyChat(troubles=[*slow], platform=Platform.SLACK), FlakyChat()
    desk, home = place_of("slack", "C0DESK"), place_of("web", "data-feeds")
    key = _alert_card(house, _alert_of(house, "fx_trades"), desk)

    others = OtherChannels({"desk": (desk,), "data-feeds": (home,)}, "data-feeds")
    async with _running(house, slack, web, others=others):
        await _until(lambda: _stands(house, key), _passes(house, seconds=6))

    assert web.posted == []


async def test_a_platform_that_needs_a_person_is_tried_on_and_its_alert_stands_elsewhere_at_once(
    house: DeskHouse,
) -> None:
    revoked = OutsideTrouble("token_revoked", say="My Slack token was revoked.", next_step="Set a new one.")
    revoked.needs_person = True
    slack, web = FlakyChat(troubles=[revoked] * 3, platform=Platform.SLACK), FlakyChat()
    desk, home = place_of("slack", "C0DESK"), place_of("web", "data-feeds")
    key = _alert_card(house, _alert_of(house, "fx_trades"), desk)

    others = OtherChannels({"desk": (desk,), "data-feeds": (home,)}, "data-feeds")
    async with _running(house, slack, web, others=others):
        await _until(lambda: len(web.posted) == 2)
        assert not _stands(house, key)
        await _until(lambda: _stands(house, key), _passes(house, minutes=1))

    assert "My Slack token was revoked. Set a new one." in "".join(card.lead for card in web.shown.values())


async def test_a_card_that_was_given_up_is_tried_again_when_it_changes(house: DeskHouse) -> None:
    gone = OutsideTrouble("not_in_channel", say="I'm not in that Slack channel.")
    gone.is_final = True
    chat = FlakyChat()
    house.change_in_review()
    key = _change_card(house, "c1")
    await _deliver_until(house, chat, key)
    chat.refused_updates = [gone]
    with house.transactions.writing() as uow:
        uow.postings.refresh("change/c1", house.clock.at)
    await _deliver_until(house, chat, key, state=How.GIVEN_UP)

    with house.transactions.writing() as uow:
        change = uow.changes.get(RequestId("c1"))
        uow.changes.save(change.model_copy(update={"state": ChangeState.REJECTED, "sentence": "No."}))
        uow.postings.refresh("change/c1", house.clock.at)
    await _deliver_until(house, chat, key)

    assert chat.shown[key].title.startswith("Rejected")


@pytest.mark.proves("N1")
async def test_a_platform_that_is_away_for_hours_gets_it_when_it_is_back(house: DeskHouse) -> None:
    chat = FlakyChat(troubles=[OutsideTrouble("503", say="Slack is down.") for _ in range(25)])
    _say(house, "k1")

    running = asyncio.create_task(_deliver_until(house, chat, "k1"))
    await _until(running.done, _passes(house, minutes=6))
    await running

    assert chat.posted == ["k1"]


async def test_what_was_shown_is_noted_although_noting_it_failed_inside(house: DeskHouse) -> None:
    chat = FlakyChat()
    _say(house, "k1")

    faults = [ValueError("a fault of our own")]

    class FaultyClock:
        def now(self) -> datetime:
            if chat.posted and faults:
                raise faults.pop()
            return house.clock.now()

    delivery = Delivery(
        {Platform.WEB: chat},
        Drawing(house.blobs),
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=FaultyClock(),
    )
    running = asyncio.create_task(steadily("delivery", delivery.run, first_pause=0.01))
    await _until(lambda: _posting(house, "k1").state is How.STANDING)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert not faults
    assert chat.posted == ["k1"]


@pytest.mark.proves("N1")
async def test_what_can_never_be_delivered_is_given_up_and_known(house: DeskHouse) -> None:
    trouble = OutsideTrouble("channel_not_found", say="There is no such channel.")
    trouble.is_final = True
    chat = FlakyChat(troubles=[trouble])
    _say(house, "lost")
    _say(house, "fine")

    await _deliver_until(house, chat, "lost", state=How.GIVEN_UP)
    await _deliver_until(house, chat, "fine")

    assert _posting(house, "lost").last_trouble == "channel_not_found"
    assert chat.posted == ["fine"]


def _alert_of(house: DeskHouse, feed: str) -> Alert:
    name = FeedName(feed)
    return an_alert(house.clock.at, id=alert_id(name, house.clock.at), root=name)


def _alert_card(house: DeskHouse, alert: Alert, place: Place) -> str:
    key = f"alert#{alert.id}:{place.platform}:{place.workspace}:{place.channel}"
    posting = a_posting(View.ALERT, alert.subject, place, house.clock.at, key=key)
    with house.transactions.writing() as uow:
        uow.alerts.save(alert)
        uow.postings.add(posting)
    return posting.key


async def test_a_refused_alert_stands_in_the_fallback_channel_which_hears_why_once(house: DeskHouse) -> None:
    away = OutsideTrouble("not_in_channel", say="I'm not in that Slack channel.", next_step="Invite me.")
    away.is_final = True
    slack = FlakyChat(troubles=[away, away], platform=Platform.SLACK)
    web = FlakyChat()
    desk, home = place_of("slack", "C0DESK"), place_of("web", "data-feeds")
    places = {"desk": (desk,), "data-feeds": (home,), "approvals": (place_of("web"),)}
    others = OtherChannels(places, "data-feeds")
    keys = [_alert_card(house, _alert_of(house, feed), desk) for feed in ("fx_trades", "fx_rates")]

    await _deliver_until(house, slack, *keys, state=How.GIVEN_UP, beside=web, others=others)
    moved = [f"{key} > web:web-space:data-feeds" for key in keys]
    await _deliver_until(house, slack, *moved, "refused#slack:slack-space:C0DESK:2026-11-22", beside=web)

    assert len(web.posted) == 3
    assert "fx_trades" in web.shown[moved[0]].title
    (why,) = (card for key, card in web.shown.items() if key.startswith("refused#"))
    assert why.title == "I can't write in #desk"
    assert "I'm not in that Slack channel. Invite me." in why.lead


async def test_a_card_that_stands_in_the_other_channel_already_is_not_posted_twice(house: DeskHouse) -> None:
    away = OutsideTrouble("channel_not_found", say="That channel is gone.")
    away.is_final = True
    slack, web = FlakyChat(troubles=[away], platform=Platform.SLACK), FlakyChat()
    gone, home = place_of("slack", "C0DESK"), place_of("web", "data-feeds")
    alert = _alert_of(house, "fx_trades")
    standing = _alert_card(house, alert, home)
    await _deliver_until(house, web, standing)
    refused = _alert_card(house, alert, gone)

    others = OtherChannels({"data-feeds": (home, gone)}, "data-feeds")
    await _deliver_until(house, slack, refused, state=How.GIVEN_UP, beside=web, others=others)
    await _deliver_until(house, web, "refused#slack:slack-space:C0DESK:2026-11-22")

    assert [key for key in web.posted if key.startswith("alert#")] == [standing]


def _lost() -> OutsideTrouble:
    lost = OutsideTrouble("message_not_found", say="The message to update is gone.")
    lost.is_final = lost.is_message_lost = True
    return lost


async def test_a_card_that_was_deleted_stands_again_once_while_its_alert_is_open(house: DeskHouse) -> None:
    slack, desk = FlakyChat(platform=Platform.SLACK), place_of("slack", "C0DESK")
    alert = _alert_of(house, "fx_trades")
    key = _alert_card(house, alert, desk)
    await _deliver_until(house, slack, key)

    slack.refused_updates = [_lost()]
    with house.transactions.writing() as uow:
        uow.postings.refresh(alert.subject, house.clock.at)
    await _deliver_until(house, slack, key, state=How.GIVEN_UP)
    await _deliver_until(house, slack, f"{key} > again")
    slack.refused_updates = [_lost(), _lost()]
    with house.transactions.writing() as uow:
        uow.postings.refresh(alert.subject, house.clock.at)
    await _deliver_until(house, slack, key, f"{key} > again", state=How.GIVEN_UP)

    assert slack.posted == [key, f"{key} > again"]


async def test_a_card_that_was_deleted_is_left_alone_once_its_alert_is_over(house: DeskHouse) -> None:
    slack, desk = FlakyChat(platform=Platform.SLACK), place_of("slack", "C0DESK")
    alert = _alert_of(house, "fx_trades")
    key = _alert_card(house, alert, desk)
    await _deliver_until(house, slack, key)

    slack.refused_updates = [_lost()]
    with house.transactions.writing() as uow:
        uow.alerts.save(alert.model_copy(update={"state": AlertState.CLOSED, "closed_at": house.clock.at}))
        uow.postings.refresh(alert.subject, house.clock.at)
    await _deliver_until(house, slack, key, state=How.GIVEN_UP)

    assert slack.posted == [key]


async def test_a_request_whose_card_was_deleted_can_still_be_decided_where_it_stood(house: DeskHouse) -> None:
    slack, place = FlakyChat(platform=Platform.SLACK), place_of("slack", "C0APPROVE")
    (card,) = cards_of(house.change_in_review(), [place], house.clock.at)
    with house.transactions.writing() as uow:
        uow.postings.add(card)
    await _deliver_until(house, slack, card.key)

    slack.refused_updates = [_lost()]
    with house.transactions.writing() as uow:
        uow.postings.refresh(card.subject, house.clock.at)
    await _deliver_until(house, slack, card.key, state=How.GIVEN_UP)
    await _deliver_until(house, slack, f"{card.key} > again")

    again = slack.shown[f"{card.key} > again"]
    assert "Approve" in [action.label for action in again.actions]


async def test_an_open_request_whose_channel_was_closed_to_us_stands_in_another_one(
    house: DeskHouse,
) -> None:
    slack, web = FlakyChat(platform=Platform.SLACK), FlakyChat()
    desk, home = place_of("slack", "C0DESK"), place_of("web", "data-feeds")
    (card,) = cards_of(house.change_in_review(), [desk], house.clock.at)
    with house.transactions.writing() as uow:
        uow.postings.add(card)
    await _deliver_until(house, slack, card.key)

    slack.refused_updates = [_lost()]
    slack.troubles = [_closed()]
    with house.transactions.writing() as uow:
        uow.postings.refresh(card.subject, house.clock.at)
    others = OtherChannels({"approvals": (desk, home)}, "approvals")
    moved = f"{card.key} > web:web-space:data-feeds"
    async with _running(house, slack, web, others=others):
        await _until(lambda: moved in web.posted)
    with house.transactions.writing() as uow:
        uow.postings.refresh(card.subject, house.clock.at)
    await _deliver_until(house, slack, card.key, moved, beside=web, others=others)

    assert slack.posted == [card.key], "back in the channel, its first card is the one"
    assert web.posted.count(moved) == 1


def _closed() -> OutsideTrouble:
    closed = OutsideTrouble("not_in_channel", say="I'm not in that Slack channel.", next_step="Invite me.")
    closed.is_final = True
    return closed


async def test_what_is_still_open_is_tried_for_as_long_as_its_platform_is_away(house: DeskHouse) -> None:
    chat = FlakyChat(troubles=[OutsideTrouble("503", say="It is down.") for _ in range(2)])
    open_alert, over = _alert_of(house, "fx_trades"), _alert_of(house, "fx_rates")
    keys = [_alert_card(house, one, place_of("web")) for one in (open_alert, over)]
    with house.transactions.writing() as uow:
        uow.alerts.save(over.model_copy(update={"state": AlertState.CLOSED, "closed_at": house.clock.at}))
        for key in keys:
            for _ in range(400):
                uow.postings.mark_trouble(key, "503", house.clock.at)

    async with _running(house, chat):
        await _until(lambda: _posting(house, keys[1]).state is How.GIVEN_UP)
        await _until(lambda: _stands(house, keys[0]), _passes(house, minutes=6))

    assert chat.posted == [keys[0]]


async def test_a_platform_that_asks_to_slow_down_is_told_once_in_the_log(
    house: DeskHouse, caplog: pytest.LogCaptureFixture
) -> None:
    slow = [OutsideTrouble("429", say="Too fast.") for _ in range(5)]
    for one in slow:
        one.retry_after_seconds = 30.0
    chat = FlakyChat(troubles=slow)
    keys = [f"burst{number}" for number in range(5)]
    for key in keys:
        _say(house, key)

    async with _running(house, chat):
        await _until(lambda: not chat.troubles and all(_posting(house, key).last_trouble for key in keys))
        house.clock.at += timedelta(seconds=31)
        await _until(lambda: all(_stands(house, key) for key in keys))

    assert [one.message for one in caplog.records].count("platform asks to slow down") == 1
    assert sorted(chat.posted) == keys


async def test_a_request_asked_anew_follows_where_the_former_one_stands_already(house: DeskHouse) -> None:
    slack, web = FlakyChat(platform=Platform.SLACK), FlakyChat()
    desk, home = place_of("slack", "C0DESK"), place_of("web", "data-feeds")
    others = OtherChannels({"approvals": (desk, home)}, "approvals")
    former = house.change_in_review()
    anew = former.model_copy(update={"id": ApprovalId("a2")})
    moved = []
    for request in (former, anew):
        (card,) = cards_of(request, [desk], house.clock.at)
        with house.transactions.writing() as uow:
            uow.approvals.save(request)
            uow.postings.add(card)
        slack.troubles = [_closed()]
        await _deliver_until(house, slack, card.key, state=How.GIVEN_UP, beside=web, others=others)
        moved.append(f"{card.key} > web:web-space:data-feeds")
        await _deliver_until(house, web, moved[-1])

    assert [key for key in web.posted if key.startswith("approval#")] == moved


async def test_that_a_card_is_given_up_is_an_error_once_however_often_it_changes(
    house: DeskHouse, caplog: pytest.LogCaptureFixture
) -> None:
    chat = FlakyChat()
    house.change_in_review()
    key = _change_card(house, "card")
    await _deliver_until(house, chat, key)

    with caplog.at_level("INFO", "dogwatch.delivery"):
        for _ in range(3):
            chat.refused_updates = [_closed()]
            with house.transactions.writing() as uow:
                uow.postings.refresh("change/c1", house.clock.at)
            async with _running(house, chat):
                await _until(lambda: not chat.refused_updates)

    told = [one.levelname for one in caplog.records if one.message == "posting given up"]
    assert told == ["ERROR", "INFO", "INFO"]


async def test_an_alert_that_changes_at_every_look_stands_elsewhere_too_while_its_platform_is_away(
    house: DeskHouse,
) -> None:
    away = [OutsideTrouble("503", say="It is down.") for _ in range(40)]
    slack, web = FlakyChat(troubles=away, platform=Platform.SLACK), FlakyChat()
    desk, home = place_of("slack", "C0DESK"), place_of("web", "data-feeds")
    alert = _alert_of(house, "fx_trades")
    key = _alert_card(house, alert, desk)

    def minute() -> None:
        house.clock.at += timedelta(minutes=1)
        if house.clock.at.minute % 3 == 0:
            with house.transactions.writing() as uow:
                uow.postings.refresh(alert.subject, house.clock.at)

    others = OtherChannels({"desk": (desk,), "data-feeds": (home,)}, "data-feeds")
    async with _running(house, slack, web, others=others):
        await _until(lambda: f"{key} > web:web-space:data-feeds" in web.posted, minute)

"""Notices leave by the first way that works, to the roster alone, once, and cards tell their fate."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from activities.incident_clock import IncidentClock, Moment
from bot.presenters.drawing import Drawing
from domain.acts.notice_calls import call_out, page_of
from domain.approval.approvals import Verdict
from domain.errors import OutsideTrouble
from domain.identity.people import Way
from domain.ids import IncidentId, PersonId
from domain.investigation.incidents import IncidentRole, Severity
from domain.ports.notifier import Letter, Receipt
from domain.telling.notices import LEASE, Call, Fate
from domain.telling.postings import View
from tests.bot.desk_house import DeskHouse, place_of
from tests.bot.outward_town import (
    PHONES,
    SECRET,
    URL,
    Town,
    acts,
    an_incident,
    call,
    know,
    notices,
    outward_of,
    states,
)
from tests.counterparts.fault_proxy import Fault, FaultKind, FaultProxy
from tests.counterparts.mail import relay
from tests.counterparts.processes import free_ports
from tests.counterparts.twilio import Twilio, start_twilio
from tests.domain.builders import a_posting
from tests.waiting import until


@pytest.fixture(scope="module")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twilio]:
    running = start_twilio(tmp_path_factory.mktemp("twilio"))
    yield running
    running.counterpart.stop()


@pytest.fixture
async def town(tmp_path: Path, twilio: Twilio) -> AsyncIterator[Town]:
    house = DeskHouse(tmp_path)
    for name in PHONES:
        know(house, name)
    proxy = FaultProxy(twilio.url, free_ports())
    await proxy.start()
    with relay(tmp_path) as post:
        yield await asyncio.to_thread(Town, house, post, twilio, proxy)
    await proxy.stop()


@dataclass
class Held:
    """A way that takes nothing before it is let go, or never."""

    way: Way = Way.SMS
    letters: list[Letter] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, letter: Letter) -> Receipt:
        """Wait, then take it."""
        self.letters.append(letter)
        await self.go.wait()
        return Receipt("r1")

    async def follow(self, receipt: str, *, is_over: bool) -> Fate:
        """Not used here."""
        return Fate.ARRIVED

    async def probe(self) -> str:
        """Not used here."""
        raise OutsideTrouble("held", say="held")


@dataclass
class Pager:
    """A system that keeps what it was told."""

    way: Way = Way.PAGERDUTY
    told: list[str] = field(default_factory=list)

    async def send(self, letter: Letter) -> Receipt:
        """Open an event."""
        self.told.append(f"trigger {letter.about}")
        return Receipt(letter.about, is_followed=True)

    async def follow(self, receipt: str, *, is_over: bool) -> Fate:
        """Resolve it once it is over."""
        self.told += [f"resolve {receipt}"] if is_over else []
        return Fate.ARRIVED if is_over else Fate.UNDER_WAY

    async def probe(self) -> str:
        """Not used here."""
        return ""


@pytest.mark.proves("N2", "N1")
async def test_people_of_the_roster_are_told_once_and_the_card_timeline_and_trail_say_so(town: Town) -> None:
    incident = an_incident(town.house)
    for _ in range(3):
        call(town.house, incident, "erin", "ben")

    await town.work(lambda: states(town.house) == ["sent", "sent"])
    texts = await town.texts()
    [sid] = [one["sid"] for one in texts if one["to"] == PHONES["erin"]]
    await town.move(sid, "delivered")
    await town.work(lambda: "arrived" in states(town.house))

    assert sorted(one["to"] for one in texts) == sorted(PHONES.values())
    assert all(f"{URL}/incidents/i1" in one["body"] for one in texts)
    assert town.post.taken == []
    assert acts(town.house) == ["notice_sent", "notice_sent"]
    at = town.house.clock.at
    with town.house.transactions.reading() as uow:
        lines = [entry.text for entry in uow.timeline.of(incident.id)]
        card = Drawing(town.house.blobs).draw(
            a_posting(View.INCIDENT, incident.subject, place_of("web"), at), uow
        )
    told = next(fact.value for fact in card.facts if fact.label == "Told outside this chat")
    assert sum("Told Erin by a text message" in line for line in lines) == 1
    assert "Erin by a text message at" in told
    assert "which arrived" in told
    assert PHONES["erin"] not in f"{card} {lines}"


@pytest.mark.proves("N1", "N2")
@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.REFUSE, status=503),
        Fault(FaultKind.REFUSE, status=400),
        Fault(FaultKind.HANG_UP),
        Fault(FaultKind.SLOW, seconds=6.0),
    ],
    ids=["away", "refusing", "hanging up", "answering late"],
)
async def test_when_one_way_is_down_the_next_one_carries_it(town: Town, fault: Fault) -> None:
    town.proxy.add(fault)
    call(town.house, an_incident(town.house), "erin")

    await town.work(lambda: states(town.house) == ["sent"])

    [taken] = town.post.taken
    [notice] = notices(town.house)
    assert taken.recipients == ("erin@example.org",)
    assert notice.way is Way.MAIL
    assert notice.trouble.startswith("the text message service")


async def test_a_text_message_that_never_arrives_falls_to_mail(town: Town) -> None:
    call(town.house, an_incident(town.house), "erin")
    await town.work(lambda: states(town.house) == ["sent"])

    await town.move(notices(town.house)[0].receipt, "undelivered")
    await town.work(lambda: [n.way for n in notices(town.house)] == [Way.MAIL])

    assert len(town.post.taken) == 1
    assert "was not delivered" in notices(town.house)[0].trouble


async def test_with_every_way_refusing_it_is_given_up_in_words(town: Town) -> None:
    town.proxy.add(Fault(FaultKind.REFUSE, status=400))
    town.post.to_recipient = "550 no such mailbox"
    call(town.house, an_incident(town.house), "erin")

    await town.work(lambda: states(town.house) == ["given_up"])

    assert acts(town.house) == ["notice_given_up"]
    with town.house.transactions.reading() as uow:
        lines = [entry.text for entry in uow.timeline.of(IncidentId("i1"))]
    assert any(line.startswith("Erin could not be reached: the mail server refused") for line in lines)


@pytest.mark.proves("N1")
async def test_a_mail_server_that_takes_nothing_at_the_first_try_gets_it_once_at_a_later_one(
    town: Town,
) -> None:
    town.proxy.add(Fault(FaultKind.REFUSE, status=400))
    town.post.to_recipient = "450 4.2.0 greylisted"
    call(town.house, an_incident(town.house), "erin")
    await town.work(lambda: "later" in notices(town.house)[0].trouble)
    for _ in range(6):
        town.house.clock.at += timedelta(minutes=1)
        await town.outward.begin_round()
        await town.outward.settle()
    [waiting] = notices(town.house)
    town.post.to_recipient = ""
    town.house.clock.at += timedelta(minutes=10)

    await town.work(lambda: states(town.house) == ["sent"])

    [taken] = town.post.taken
    assert waiting.trouble == "the mail server asked for it to be sent again later"
    assert waiting.attempts > 3
    assert taken.recipients == ("erin@example.org",)


@pytest.mark.proves("N3", "N2")
async def test_whoever_takes_it_stops_what_has_not_left_yet(town: Town) -> None:
    incident = an_incident(town.house)
    call(town.house, incident, "erin", "ben")
    with town.house.transactions.writing() as uow:
        uow.incidents.save(incident.model_copy(update={"roles": {IncidentRole.LEAD: PersonId("ada")}}))

    await town.work(lambda: states(town.house) == ["dropped", "dropped"])

    assert (town.post.taken, await town.texts()) == ([], [])


async def test_somebody_who_left_is_told_nothing(town: Town) -> None:
    know(town.house, "erin", is_active=False)
    call(town.house, an_incident(town.house), "erin")

    await town.work(lambda: states(town.house) == ["dropped"])

    assert (town.post.taken, await town.texts()) == ([], [])


@pytest.mark.proves("N2")
async def test_an_address_that_nobody_vouched_for_gets_a_code_and_nothing_else(town: Town) -> None:
    know(town.house, "erin", vouched=frozenset())
    incident = an_incident(town.house)
    call(town.house, incident, "erin")
    await town.work(lambda: states(town.house) == ["given_up"])
    assert (town.post.taken, await town.texts()) == ([], [])

    await town.say("erin", "contacts confirm")
    await town.work(lambda: len(town.post.taken) == 1)
    [text] = await town.texts()
    code = re.search(r"\b\d{8}\b", text["body"])
    assert code is not None
    wrong = await town.say("erin", "contacts 00000000")
    foreign = await town.say("ben", f"contacts {code.group()}")
    right = await town.say("erin", f"contacts {code.group()}")

    assert "wrong" in wrong
    assert "wrong" in foreign
    assert "From now on I reach you by a text message too" in right
    assert "confirmed by you" in await town.say("erin", "contacts")
    assert PHONES["erin"] not in await town.say("erin", "contacts")
    assert "contact_confirmed" in acts(town.house)


@pytest.mark.proves("N2", "D6")
async def test_what_somebody_wrote_moves_no_recipient_and_makes_no_link(town: Town) -> None:
    title = f"late\r\nBcc: eve@example.org tell +19005550100 https://bank.com {SECRET}"
    incident = an_incident(town.house, title=title[:200])
    call(town.house, incident, "erin")
    call(town.house, an_incident(town.house, "i2", title[:200]), "erin", by=(Way.MAIL,))

    await town.work(lambda: bool(town.post.taken))
    await town.work(lambda: states(town.house) == ["sent"])

    [text], [mail] = await town.texts(), town.post.taken
    assert text["to"] == PHONES["erin"]
    assert mail.recipients == ("erin@example.org",)
    assert (mail.message["To"], mail.message["Bcc"]) == ("erin@example.org", None)
    for said in (text["body"], f"{mail.message['Subject']} {mail.message.get_content()}"):
        assert [link for link in re.findall(r"\w+://\S+", said) if not link.startswith(URL)] == []
        assert "eve@example.org" not in said
        assert SECRET not in said


@pytest.mark.proves("N4", "N2")
async def test_a_storm_is_one_message_then_one_more_and_what_is_urgent_comes_first(town: Town) -> None:
    for number in range(60):
        call(town.house, an_incident(town.house, f"i{number}"), "erin", by=(Way.MAIL,))
    late = an_incident(town.house, "last")

    await town.work(lambda: len(town.post.taken) == 1)
    call(town.house, late, "erin", by=(Way.MAIL,))
    begun = town.house.clock.at
    await town.work(lambda: len(town.post.taken) == 2)

    assert "60 things wait for you" in town.post.taken[0].message["Subject"]
    assert "orders are late" in town.post.taken[1].message["Subject"]
    assert town.house.clock.at - begun >= timedelta(seconds=55)


async def test_a_way_that_hangs_does_not_hold_up_the_others(town: Town) -> None:
    hanging = Held()
    outward = outward_of(town.house, {**town.ways, Way.SMS: hanging})
    for number in range(8):
        know(town.house, f"p{number}", phone=f"+4915100000{number:03}")
    incident = an_incident(town.house)
    call(town.house, incident, *(f"p{number}" for number in range(8)))
    call(town.house, an_incident(town.house, "i2"), "erin", by=(Way.MAIL,))

    async def after_a_round() -> bool:
        await outward.begin_round()
        return bool(town.post.taken)

    await until(after_a_round)

    assert len(hanging.letters) == 6
    hanging.go.set()
    await outward.settle()


@pytest.mark.proves("N1")
async def test_two_who_send_and_one_who_dies_over_it_make_no_second_message(town: Town) -> None:
    dying = outward_of(town.house, {Way.SMS: Held()})
    others = [outward_of(town.house, town.ways) for _ in range(2)]
    call(town.house, an_incident(town.house, "i7"), "erin")
    await dying.begin_round()
    for task in list(dying._tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    untouched = [await one.begin_round() for one in others]
    town.house.clock.at += LEASE
    taken = await asyncio.gather(*(one.begin_round() for one in others))
    for one in others:
        await one.settle()

    assert untouched == [False, False]
    assert sorted(taken) == [False, True]
    assert [one["to"] for one in await town.texts()] == [PHONES["erin"]]
    assert notices(town.house, "incident/i7")[0].tried == (Way.SMS, Way.SMS)


@pytest.mark.proves("N2")
async def test_a_letter_about_an_approval_carries_nothing_to_decide_with(town: Town) -> None:
    request = town.house.change_in_review()
    told = Call(
        key="remind#a1:0", people=(PersonId("erin"),), by=(Way.MAIL, Way.SMS), subject=request.subject,
        waits_on="approval/a1", title=request.title, text="It still waits.", path=page_of(request.subject),
        is_urgent=False, at=town.house.clock.at,
    )  # fmt: skip
    with town.house.transactions.writing() as uow:
        call_out(uow, told)

    await town.work(lambda: bool(town.post.taken))

    text = town.post.taken[0].message.get_content()
    assert re.findall(r"\w+://\S+", text) == [f"{URL}/dashboard/changes/c1"]
    assert "a1" not in text.replace("dashboard", "")
    assert town.house.request().verdict is Verdict.PENDING


@pytest.mark.proves("N3")
async def test_what_a_system_was_told_is_resolved_there_when_somebody_takes_it(town: Town) -> None:
    pager = Pager()
    outward = outward_of(town.house, {Way.PAGERDUTY: pager})
    incident = an_incident(town.house)
    call(town.house, incident, "erin", by=(Way.PAGERDUTY,))
    await outward.begin_round()
    await outward.settle()
    town.house.clock.at += timedelta(minutes=1)
    await outward.begin_round()
    await outward.settle()
    before = list(pager.told)
    with town.house.transactions.writing() as uow:
        uow.incidents.save(incident.model_copy(update={"roles": {IncidentRole.LEAD: PersonId("ada")}}))

    town.house.clock.at += timedelta(minutes=1)
    await outward.begin_round()
    await outward.settle()

    assert before == ["trigger incident/i1"]
    assert pager.told == ["trigger incident/i1", "resolve incident/i1"]
    assert states(town.house) == ["arrived"]


@pytest.mark.proves("N3")
async def test_what_a_system_may_have_been_told_by_one_who_died_is_resolved_there(town: Town) -> None:
    dying = outward_of(town.house, {Way.PAGERDUTY: Held(Way.PAGERDUTY)})
    incident = an_incident(town.house)
    call(town.house, incident, "erin", by=(Way.PAGERDUTY,))
    await dying.begin_round()
    for task in list(dying._tasks):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    with town.house.transactions.writing() as uow:
        uow.incidents.save(incident.model_copy(update={"roles": {IncidentRole.LEAD: PersonId("ada")}}))
    pager = Pager()

    town.house.clock.at += LEASE
    outward = outward_of(town.house, {Way.PAGERDUTY: pager})
    for _ in range(2):
        await outward.begin_round()
        await outward.settle()

    assert pager.told == ["resolve incident/i1"]
    assert states(town.house) == ["dropped"]


@pytest.mark.parametrize(("severity", "waits"), [(Severity.SEV1, False), (Severity.SEV3, True)])
async def test_what_can_wait_is_told_when_the_quiet_hours_are_over(
    town: Town, severity: Severity, *, waits: bool
) -> None:
    morning = town.house.clock.at + timedelta(hours=9)
    incident = an_incident(town.house).model_copy(update={"severity": severity})
    with town.house.transactions.writing() as uow:
        uow.incidents.save(incident)
    clock = IncidentClock(
        channels={},
        card=lambda title, text, called=(): text,
        reading=town.house.transactions.reading,
        writing=town.house.transactions.writing,
        clock=town.house.clock,
        wake=lambda: None,
        quiet_ends=lambda now: max(now, morning),
    )

    await asyncio.to_thread(clock.pass_time, Moment(id="i1", at=incident.opened_at + timedelta(hours=5)))

    told = [notice for notice in notices(town.house) if notice.person]
    assert {notice.person for notice in told} == set(PHONES)
    assert {notice.next_attempt_at for notice in told} == {morning if waits else town.house.clock.at}

"""A desk, a mail relay and a text message service of others, and whoever sends between them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.outward import Outward, ways_of
from bot.outward_rounds import Rounds
from bot.presenters.notices import Stationery
from domain.acts.notice_calls import call_out
from domain.identity.contacts import code_of
from domain.identity.people import Person, Role, Way
from domain.ids import IncidentId, PersonId
from domain.investigation.incidents import Incident, IncidentKind, Severity
from domain.ports.notifier import Notifier
from domain.ports.transactions import UnitOfWork
from domain.telling.notices import Call, Notice
from domain.text.redaction import Redaction
from integrations.mail import MailSettings, SmtpMail
from integrations.sms import SmsSettings, TwilioSms
from storage.audit.audit_verify import rows_of
from tests.bot.desk_house import CONTACT_KEY, DeskHouse, place_of
from tests.counterparts.fault_proxy import FaultProxy
from tests.counterparts.mail import PASSWORD, SENDER, USER, Relay
from tests.counterparts.twilio import ACCOUNT, NUMBER, TOKEN, Twilio
from tests.waiting import until

PHONES = {"erin": "+4915112345678", "ben": "+4915187654321"}
SECRET = "canary-4821-of-the-house"
URL = "https://dogwatch.example.org"


@dataclass
class Town:
    """Everything at once."""

    house: DeskHouse
    post: Relay
    twilio: Twilio
    proxy: FaultProxy
    outward: Outward = field(init=False)
    before: int = 0

    def __post_init__(self) -> None:
        """Open the ways."""
        mail = MailSettings(
            host="127.0.0.1", port=self.post.port, sender=SENDER, user=USER, password=lambda: PASSWORD,
            ca_file=self.post.ca_file,
        )  # fmt: skip
        sms = SmsSettings(ACCOUNT, lambda: TOKEN, NUMBER, self.proxy.url)
        self.ways = ways_of([SmtpMail(mail, seconds=2.0), TwilioSms(sms, seconds=2.0)])
        self.outward = outward_of(self.house, self.ways)
        self.before = len(self.twilio.messages())

    async def texts(self) -> list[dict[str, Any]]:
        """Return the text messages of this test, oldest first."""
        return (await asyncio.to_thread(self.twilio.messages))[self.before :]

    async def move(self, sid: str, status: str) -> None:
        """Let the network say what became of a text message."""
        await asyncio.to_thread(self.twilio.move, sid, status)

    async def say(self, person: str, text: str) -> str:
        """Say something to the desk and return what only the speaker reads."""
        reply = await asyncio.to_thread(self.house.say, person, text)
        return " ".join(card.plain for card in reply.whispers)

    async def work(self, is_so: Callable[[], bool]) -> None:
        """Let notices go out until something is so; the clock follows what they wait for."""

        async def round_or_end() -> bool:
            if await asyncio.to_thread(is_so):
                return True
            if not await self.outward.begin_round():
                self.house.clock.at += timedelta(seconds=5)
            await self.outward.settle()
            return False

        await until(round_or_end)


def outward_of(house: DeskHouse, ways: dict[Way, Notifier]) -> Outward:
    """Return who sends by these ways."""

    def code(uow: UnitOfWork, notice: Notice) -> str:
        contact = uow.contacts.find(notice.person, notice.ways[0])
        return code_of(CONTACT_KEY, contact) if contact else ""

    rounds = Rounds(
        frozenset(ways),
        Stationery(URL, Redaction([SECRET]).mask),
        code=code,
        reading=house.transactions.reading,
        writing=house.transactions.writing,
        clock=house.clock,
    )
    return Outward(ways, rounds)


def know(house: DeskHouse, name: str, **changes: object) -> None:
    """Keep somebody who is on call and whose addresses the roster vouches for."""
    person = Person(
        id=PersonId(name),
        name=name.capitalize(),
        email=f"{name}@example.org",
        phone=PHONES.get(name, ""),
        roles=frozenset({Role.ON_CALL, Role.APPROVER}),
        vouched=frozenset({Way.MAIL, Way.SMS}),
    )
    house.knows(person.model_copy(update=changes), "web")


def an_incident(house: DeskHouse, name: str = "i1", title: str = "orders are late") -> Incident:
    """Keep an incident without a lead."""
    at = house.clock.at
    incident = Incident(
        id=IncidentId(name), kind=IncidentKind.INCIDENT, title=title, severity=Severity.SEV1, opened_by="sam",
        place=place_of("web"), opened_at=at, updated_at=at, began_at=at,
    )  # fmt: skip
    with house.transactions.writing() as uow:
        uow.incidents.save(incident)
    return incident


def call(house: DeskHouse, incident: Incident, *people: str, by: Sequence[Way] = (Way.SMS, Way.MAIL)) -> None:
    """Call people to an incident."""
    told = Call(
        key=f"{incident.id}/escalation/0",
        people=tuple(PersonId(name) for name in people),
        by=tuple(by),
        subject=incident.subject,
        waits_on=incident.subject,
        title=f"sev1: {incident.title}",
        text="Nobody leads it yet.",
        path=f"/incidents/{incident.id}",
        is_urgent=True,
        at=house.clock.at,
    )
    with house.transactions.writing() as uow:
        call_out(uow, told)


def notices(house: DeskHouse, subject: str = "incident/i1") -> list[Notice]:
    """Return the notices about a subject."""
    with house.transactions.reading() as uow:
        return list(uow.notices.about(subject))


def states(house: DeskHouse) -> list[str]:
    """Return how far the notices about the incident are."""
    return [notice.state.value for notice in notices(house)]


def acts(house: DeskHouse) -> list[str]:
    """Return what was recorded about notices and addresses, oldest first."""
    return [row["act"] for row in rows_of(house.database) if row["act"].startswith(("notice_", "contact_"))]

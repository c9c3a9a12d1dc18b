"""The verbs around what leaves the house: who is reached how, and a test to one person or system."""

import argparse
import asyncio
from datetime import timedelta

from bot.outward_rounds import Rounds, Sending
from bot.presenters.notices import bundle_name
from domain.errors import BadInput, NotFound, OutsideTrouble
from domain.identity.contacts import address_of, asked, is_trusted, masked
from domain.identity.people import PERSONAL_WAYS, Person, Way
from domain.ids import PersonId
from domain.ports.notifier import Notifier
from domain.proof.audit import AuditAct, AuditEntry
from domain.telling.notices import LEASE, Notice, NoticeKind, claimed
from runtime.ports import port_of_house
from runtime.settings.house import Settings
from runtime.wiring.notifiers import code_maker, open_notifiers, rounds_of, stationery_of
from runtime.wiring.stores import Stores, open_stores


def run_notify(parsed: argparse.Namespace) -> int:
    """List who is reached how, or send a test."""
    settings = Settings()
    stores = open_stores(settings)
    if parsed.act == "list":
        with stores.transactions.reading() as uow:
            for person in uow.people.everybody():
                if not person.is_active:
                    print(f"{person.id:<12} (deactivated) is told nothing")
                    continue
                for way in sorted(PERSONAL_WAYS):
                    trusted = is_trusted(person, way, uow.contacts.find(person.id, way))
                    print(f"{person.id:<12} {way.value:<5} {_standing(person, way, is_trusted_now=trusted)}")
        return 0
    return asyncio.run(_test(settings, stores, parsed.person, parsed.by))


async def _test(settings: Settings, stores: Stores, name: str, by: str) -> int:
    notifiers = _chosen(open_notifiers(settings), name, by)
    person = None
    if name:
        with stores.transactions.reading() as uow:
            person = uow.people.get(PersonId(name))
    ways = frozenset(notifier.way for notifier in notifiers)
    rounds = rounds_of(settings, stores, _port(settings), ways, lambda: None)
    fates = [await _test_one(settings, stores, rounds, notifier, person) for notifier in notifiers]
    return 0 if all(fates) else 1


def _port(settings: Settings) -> int:
    return port_of_house(settings.data_dir.resolve(), settings.web.host, settings.web.port)


def _chosen(notifiers: list[Notifier], name: str, by: str) -> list[Notifier]:
    chosen = [n for n in notifiers if (n.way.value == by if by else (n.way in PERSONAL_WAYS) == bool(name))]
    if not chosen:
        raise NotFound(
            "no such way",
            say="No way like that is set up here.",
            next_step="docs/notify.md says which settings each one needs.",
        )
    if not name and any(notifier.way in PERSONAL_WAYS for notifier in chosen):
        raise BadInput(
            "test for nobody", say="Mail and text messages need a person: `dogwatch notify test ID`."
        )
    return chosen


async def _test_one(
    settings: Settings, stores: Stores, rounds: Rounds, notifier: Notifier, person: Person | None
) -> bool:
    """Send one test, kept like every notice, and say how it went."""
    way = notifier.way
    person = person if way in PERSONAL_WAYS else None
    to = address_of(person, way) if person is not None else ""
    if person is not None and not to:
        print(f"{way.value}: {person.name} has no address for it in the roster.")
        return False
    notice, code = _kept(stores, way, person)
    letter = stationery_of(settings, _port(settings)).letter([notice], to, code)
    job = Sending(way, letter, (notice,))
    receipt, trouble = None, ""
    try:
        async with asyncio.timeout(LEASE.total_seconds() / 2):
            receipt = await notifier.send(letter)
    except OutsideTrouble as error:
        trouble = error.say
    except TimeoutError:
        trouble = "there was no answer in time"
    # A test is never tried again by itself: whoever asked for it stands here.
    rounds.note_sending(job, receipt, trouble, is_final=True)
    asks = " It carries a code, to be told to me in a chat: contacts CODE." if code else ""
    print(f"{way.value}: {f'taken.{asks}' if receipt else trouble}")
    return receipt is not None


def _kept(stores: Stores, way: Way, person: Person | None) -> tuple[Notice, str]:
    """Keep the test as sent from here; its code when the address is not confirmed yet."""
    now = stores.clock.now()
    with stores.transactions.writing() as uow:
        is_asking = person is not None and not is_trusted(person, way, uow.contacts.find(person.id, way))
        notice = Notice(
            key=f"test#{now.timestamp():.6f}:{way}",
            kind=NoticeKind.CODE if is_asking else NoticeKind.CALL,
            person=person.id if person is not None else PersonId(""),
            title="Test",
            text="This is a test that somebody asked for on the command line. Nothing waits for you.",
            ways=(way,),
            created_at=now,
            next_attempt_at=now + timedelta(seconds=1),
        )
        notice = claimed(notice, way, bundle_name([notice]), now)
        uow.notices.add(notice)
        code = ""
        if is_asking and person is not None:
            contact = asked(person, way, now)
            uow.contacts.save(contact)
            code = code_maker(stores)(contact)
            uow.audit.append(
                AuditEntry(
                    at=now, act=AuditAct.CONTACT_ASKED, actor="command line", subject=f"person/{person.id}",
                    facts={"ways": way.value},
                )
            )  # fmt: skip
    return notice, code


def _standing(person: Person, way: Way, *, is_trusted_now: bool) -> str:
    address = address_of(person, way)
    if not address:
        return "no address"
    how = "vouched for" if way in person.vouched else "confirmed" if is_trusted_now else "not confirmed"
    return f"{masked(address)} {how}"

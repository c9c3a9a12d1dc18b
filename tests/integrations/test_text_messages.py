"""Text messages through an independent Twilio, behind a proxy that refuses, hangs and loses answers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import BadInput, OutsideTrouble
from domain.ports.notifier import Letter
from domain.telling.notices import Fate
from integrations.sms import SmsSettings, TwilioSms, text_of
from integrations.sms_alphabet import parts
from tests.counterparts.fault_proxy import Fault, FaultKind, FaultProxy
from tests.counterparts.processes import free_ports
from tests.counterparts.twilio import ACCOUNT, NUMBER, TOKEN, Twilio, start_twilio

LETTER = Letter(
    key="k" * 32,
    to="+4915112345678",
    title="sev1: orders are late",
    lines=("Nobody leads it yet.",),
    link="https://dogwatch.example.org/incidents/i1",
    about="incident/i1",
    is_urgent=True,
    at=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twilio]:
    running = start_twilio(tmp_path_factory.mktemp("twilio"))
    yield running
    running.counterpart.stop()


@pytest.fixture
async def proxy(twilio: Twilio) -> AsyncIterator[FaultProxy]:
    before = FaultProxy(twilio.url, free_ports())
    await before.start()
    yield before
    await before.stop()


def _sms(url: str, *, token: str = TOKEN, sender: str = NUMBER, seconds: float = 20.0) -> TwilioSms:
    return TwilioSms(SmsSettings(ACCOUNT, lambda: token, sender, url), seconds=seconds)


async def _trouble(sms: TwilioSms, letter: Letter = LETTER) -> OutsideTrouble:
    with pytest.raises(OutsideTrouble) as raised:
        await sms.send(letter)
    return raised.value


@pytest.mark.proves("N2")
async def test_a_text_message_is_taken_and_its_fate_is_asked(twilio: Twilio) -> None:
    sms = _sms(twilio.url)

    receipt = await sms.send(LETTER)
    before = await sms.follow(receipt.id, is_over=False)
    await asyncio.to_thread(twilio.move, receipt.id, "delivered")
    after = await sms.follow(receipt.id, is_over=False)
    await asyncio.to_thread(twilio.move, receipt.id, "undelivered")

    assert (before, after) == (Fate.UNDER_WAY, Fate.ARRIVED)
    assert await sms.follow(receipt.id, is_over=False) is Fate.LOST
    message = (await asyncio.to_thread(twilio.messages))[-1]
    assert (message["to"], message["from"]) == (LETTER.to, NUMBER)
    assert message["body"].startswith("Dogwatch: sev1: orders are late. Nobody leads it yet.")
    assert LETTER.link in message["body"]
    assert await sms.probe() == f"{NUMBER} can send"


async def test_a_lost_answer_does_not_make_a_second_message(twilio: Twilio, proxy: FaultProxy) -> None:
    sms, letter = _sms(proxy.url), replace(LETTER, key="lost" * 8)
    proxy.add(Fault(FaultKind.LOSE_ANSWER, path="Messages.json", status=502))

    assert not (await _trouble(sms, letter)).is_final
    receipt = await sms.send(replace(letter, is_repeat=True))

    same = [one for one in await asyncio.to_thread(twilio.messages) if one["body"] == text_of(letter)]
    assert [one["sid"] for one in same] == [receipt.id]


@pytest.mark.parametrize(
    ("fault", "is_final", "says"),
    [
        (Fault(FaultKind.REFUSE, status=400), True, "refused it"),
        (Fault(FaultKind.REFUSE, status=401), False, "refused our key"),
        (Fault(FaultKind.REFUSE, status=429), False, "refused it"),
        (Fault(FaultKind.REFUSE, status=503), False, "refused it"),
        (Fault(FaultKind.HANG_UP), False, "can't be reached"),
        (Fault(FaultKind.SLOW, seconds=3.0), False, "in time"),
        (Fault(FaultKind.REFUSE, status=307, headers={"location": "/elsewhere"}), False, "refused it"),
    ],
)
async def test_every_trouble_is_a_sentence_that_says_whether_to_go_on(
    proxy: FaultProxy, fault: Fault, says: str, *, is_final: bool
) -> None:
    proxy.add(fault)

    error = await _trouble(_sms(proxy.url, seconds=1.0))

    assert error.is_final is is_final
    assert says in error.say
    assert TOKEN not in f"{error} {error.say}"
    assert len(proxy.seen) == 1


async def test_a_wrong_token_and_a_number_of_somebody_else_are_found_by_the_probe(twilio: Twilio) -> None:
    with pytest.raises(OutsideTrouble) as wrong:
        await _sms(twilio.url, token="another").probe()
    with pytest.raises(OutsideTrouble) as foreign:
        await _sms(twilio.url, sender="+15550000000").probe()

    assert "key" in wrong.value.say
    assert "no number" in foreign.value.say


@pytest.mark.proves("N2")
@pytest.mark.parametrize("number", ["", "01511234567", "+49 151", "+4915112\r\n", "+1555123456,+15550"])
async def test_nothing_goes_to_what_is_not_exactly_one_number(twilio: Twilio, number: str) -> None:
    taken = len(await asyncio.to_thread(twilio.messages))

    error = await _trouble(_sms(twilio.url), replace(LETTER, to=number))

    assert error.is_final
    assert len(await asyncio.to_thread(twilio.messages)) == taken


def test_the_key_is_only_ever_given_over_an_encrypted_connection(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="https"):
        _sms("http://api.example.org")


@pytest.mark.parametrize(
    ("said", "most"),
    [("w " * 400, 459), ("Gr\u00fc\u00dfe \u201cx\u201d \u2013 " * 60, 459), ("u\u0308 " * 200, 459),
     ("\u041f\u0440\u0438\u0432\u0435\u0442 " * 100, 201), ("\U0001f525" * 300, 201),
     ("see[.]here " * 60, 459)],
    ids=["plain", "umlauts and curly marks", "decomposed", "cyrillic", "emoji", "brackets"],
)  # fmt: skip
def test_a_long_text_is_at_most_three_parts_on_a_telephone_and_the_link_is_whole(
    said: str, most: int
) -> None:
    text = text_of(replace(LETTER, title=said[:200], lines=(said,)))

    assert parts(text) == 3
    assert len(text) <= most
    assert text.endswith(f" {LETTER.link} (kkkkkk)")


def test_what_reads_the_same_in_the_alphabet_of_telephones_costs_no_further_part() -> None:
    text = text_of(replace(LETTER, title="a \u201cfeed\u201d \u2013 late", lines=("Nobody leads it\u2026",)))

    assert text.startswith('Dogwatch: a "feed" - late. Nobody leads it... ')
    assert parts(text) == 1

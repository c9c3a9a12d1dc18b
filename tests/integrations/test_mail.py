"""Mail through a real relay: encrypted or not at all, bounded in time, one recipient, our headers only."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from domain.errors import BadInput, OutsideTrouble
from domain.ports.notifier import Letter
from integrations.mail import MailSettings, Security, SmtpMail
from tests.counterparts.mail import PASSWORD, SENDER, USER, Relay, relay, rude_server
from tests.integrations.letters import a_letter
from tests.waiting import until

LETTER = replace(a_letter("erin@example.org"), at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Relay]:
    with relay(tmp_path) as running:
        yield running


def _settings(port: int, ca_file: str = "", **changes: object) -> MailSettings:
    chosen = MailSettings(
        host="127.0.0.1", port=port, sender=SENDER, user=USER, password=lambda: PASSWORD, ca_file=ca_file
    )
    return replace(chosen, **changes)  # type: ignore[arg-type]


async def _trouble(settings: MailSettings, letter: Letter = LETTER, seconds: float = 30.0) -> OutsideTrouble:
    with pytest.raises(OutsideTrouble) as raised:
        await SmtpMail(settings, seconds=seconds).send(letter)
    return raised.value


@pytest.mark.proves("N2")
async def test_a_mail_arrives_over_tls_after_a_sign_in_and_says_that_it_only_tells(post: Relay) -> None:
    mail = SmtpMail(_settings(post.port, post.ca_file))

    await mail.send(LETTER)

    [taken] = post.taken
    assert (taken.sender, taken.recipients) == (SENDER, ("erin@example.org",))
    assert taken.message["Subject"] == "[Dogwatch] sev1: orders are late"
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert taken.message["Message-ID"] == "<k1@example.org>"
    assert parsedate_to_datetime(taken.message["Date"]) > LETTER.at + timedelta(days=1)
    text = taken.message.get_content()
    assert "https://dogwatch.example.org/incidents/i1" in text
    assert "Nothing can be decided or confirmed by answering it" in text
    assert "takes our mail" in await mail.probe()


@pytest.mark.proves("N2")
async def test_without_encryption_nothing_is_sent_not_even_the_password(tmp_path: Path) -> None:
    with relay(tmp_path, offers_tls=False) as plain:
        error = await _trouble(_settings(plain.port))

    assert "offers no encryption" in error.say
    assert plain.taken == []
    with pytest.raises(BadInput, match="clear"):
        SmtpMail(_settings(25, host="relay.example.org", security=Security.NONE))


async def test_a_certificate_that_is_not_trusted_or_for_another_name_ends_it(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with relay(tmp_path) as untrusted, relay(tmp_path / "other", name="elsewhere.example.org") as other:
        first = await _trouble(_settings(untrusted.port))
        second = await _trouble(_settings(other.port, other.ca_file))

    assert "certificate" in first.say
    assert "certificate" in second.say
    assert untrusted.taken == other.taken == []


@pytest.mark.parametrize(
    ("recipient", "data", "is_final"),
    [
        ("550 no such mailbox", "", True),
        ("451 try later", "", False),
        ("", "554 refused", True),
        ("", "451 later", False),
    ],
)
async def test_what_is_refused_for_good_is_told_from_what_may_work_later(
    post: Relay, recipient: str, data: str, *, is_final: bool
) -> None:
    post.to_recipient, post.to_data = recipient, data

    error = await _trouble(_settings(post.port, post.ca_file))

    assert error.is_final is is_final
    assert ("later" in error.say) is not is_final
    assert "mailbox" not in error.say


async def test_a_wrong_password_and_a_relay_that_is_away_may_work_later(post: Relay) -> None:
    wrong = await _trouble(_settings(post.port, post.ca_file, password=lambda: "another"))
    away = await _trouble(_settings(1, post.ca_file))

    assert ("sign-in" in wrong.say, wrong.is_final) == (True, False)
    assert ("reached" in away.say, away.is_final) == (True, False)
    assert "another" not in str(wrong)


async def test_a_relay_that_never_speaks_or_drips_is_left_in_time_and_leaves_no_thread() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"2")
            await writer.drain()
            await asyncio.sleep(
                0.05
            )  # each byte comes before a read gives up, as drips do: time is what is tested

    for manners in (silent, dripping):
        async with rude_server(manners) as port:
            error = await _trouble(_settings(port), seconds=0.4)

            assert "in time" in error.say
            await _until_no_thread_is_busy()


async def test_a_relay_that_hangs_takes_no_thread_from_the_doors() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        mail = SmtpMail(_settings(silent.getsockname()[1]), seconds=8.0)
        sends = [asyncio.create_task(mail.send(LETTER)) for _ in range(40)]
        await until(_busy_threads)
        async with asyncio.timeout(5):
            answered = await asyncio.to_thread(lambda: "here")
        for send in sends:
            send.cancel()
        await asyncio.gather(*sends, return_exceptions=True)
        await _until_no_thread_is_busy()

    assert answered == "here"


async def test_a_relay_that_answers_with_noise_or_hangs_up_is_trouble_in_words() -> None:
    async def noise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xfe hello\r\n" * 3)
        await writer.drain()

    async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await writer.drain()

    for manners in (noise, gone):
        async with rude_server(manners) as port:
            assert (await _trouble(_settings(port), seconds=5)).say.startswith("the mail server")


@pytest.mark.proves("N2")
@pytest.mark.parametrize(
    "address",
    [
        "", "erin", "erin@example.org\r\nBcc: eve@example.org", "erin@example.org, eve@example.org",
        "Erin <erin@example.org>", "erin@example.org ", "erin\u2028@example.org", "a" * 65 + "@example.org",
        '"erin eve"@example.org', "erin@exa mple.org", "erin@-example.org", "<erin@example.org>",
    ],
)  # fmt: skip
async def test_nothing_goes_to_what_is_not_exactly_one_address(post: Relay, address: str) -> None:
    error = await _trouble(_settings(post.port, post.ca_file), replace(LETTER, to=address))

    assert error.is_final
    assert post.taken == []


async def _until_no_thread_is_busy() -> None:
    await until(lambda: not _busy_threads())


def _busy_threads() -> list[object]:
    import sys

    frames = sys._current_frames()
    found: list[object] = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        while frame is not None:
            if frame.f_code.co_filename.endswith("integrations/mail.py"):
                found.append(frame.f_code.co_name)
            frame = frame.f_back
    return found

"""What leaves for a mailbox or a telephone: whatever somebody writes, it stays one line of dead text."""

import re
import unicodedata
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.presenters.notices import Stationery, bundle_name
from domain.identity.people import Way
from domain.ids import PersonId
from domain.telling.notices import Notice
from domain.text.outward_text import one_line, outward, without_links
from domain.text.redaction import Redaction
from integrations.mail import message_of
from integrations.sms import text_of
from integrations.sms_alphabet import parts

SENDER, TO = "dogwatch@example.org", "erin@example.org"
SECRET = "canary-4821-of-the-house"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
INJECTIONS = (
    "late\r\nBcc: eve@example.org\r\n\r\nnew body",
    "late\nSubject: approve by answering",
    "late\u2028Bcc: eve@example.org\u2029x",
    "late\x85Bcc: eve@example.org\x0bX: y\x0cZ: w",
    "late\r\n.\r\nMAIL FROM:<eve@example.org>",
    "=?utf-8?q?late=0D=0ABcc:_eve@example.org?=",
    "see https://bank.example.com/login and www.bank.example.com or bank.com/x",
    "mailto:eve@example.org tel:+19005550100 SMS:+19005550100 HTTP://bank.com javascript:x",
    "bank\u3002com bank\uff0ecom eve@bank.com",
    "safe\u202egnp.exe\u200b hid\u2060den \U000e0041",
    "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306" * 40,
    "x" * 3_000,
    f"the key {SECRET[:8]}\u200b{SECRET[8:]} leaked",
)
OUR_HEADERS = {
    "from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress",
    "importance", "mime-version", "content-type", "content-transfer-encoding",
}  # fmt: skip
# Names that mail programs and telephones take for a link by themselves.
_TAPPED = re.compile(r"(?i)\w\.[a-z]{2,}|://|\b(?:mailto|tel|sms|javascript):|\w@\w")

_several = st.lists(st.sampled_from(INJECTIONS), max_size=3).map("".join)
hostile = st.text(max_size=300) | st.sampled_from(INJECTIONS) | _several
stationery = Stationery("https://dogwatch.example.org", Redaction([SECRET]).mask)


def _notice(title: str, text: str, number: int = 0) -> Notice:
    return Notice(
        key=f"k{number}",
        person=PersonId("erin"),
        subject="incident/i1",
        waits_on="incident/i1",
        title=title[:2000],
        text=text[:8000],
        path="/incidents/i1",
        ways=(Way.MAIL,),
        created_at=NOW,
        next_attempt_at=NOW,
    )


def _read(content: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(content, policy=SMTP))


@pytest.mark.proves("N2", "D6")
@given(title=hostile, text=hostile)
@settings(max_examples=150, deadline=None)
def test_no_text_adds_a_header_a_recipient_or_a_line_to_a_mail(title: str, text: str) -> None:
    letter = stationery.letter([_notice(title, text)], TO)

    content = message_of(letter, SENDER, NOW).as_bytes()

    read = _read(content)
    assert {name.lower() for name in read} <= OUR_HEADERS
    assert len(read.keys()) == len({name.lower() for name in read})
    assert (read["To"], read["Bcc"], read["Cc"]) == (TO, None, None)
    assert read["Subject"] == f"[Dogwatch] {letter.title}".replace("=?", "= ?")
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    body = read.get_content().splitlines()
    plain = message_of(stationery.letter([_notice("t", "x")], TO), SENDER, NOW).get_content()
    assert len(body) == len(plain.splitlines())


@pytest.mark.proves("N2", "D6")
@given(title=hostile, text=hostile)
@settings(max_examples=150, deadline=None)
def test_a_text_message_is_one_short_line_whose_only_link_is_ours(title: str, text: str) -> None:
    said = text_of(stationery.letter([_notice(title, text)], "+4915112345678"))

    assert parts(said) <= 3
    assert not any(unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for sign in said)
    before, link, _ = said.rpartition(" https://dogwatch.example.org/incidents/i1")
    assert link
    assert _TAPPED.search(before) is None


@pytest.mark.proves("N2", "K4")
@given(st.text(max_size=60), st.integers(1, len(SECRET) - 1), st.sampled_from(["", "\u200b", "\u00ad"]))
@settings(max_examples=80, deadline=None)
def test_a_secret_does_not_leave_also_not_with_a_hidden_sign_inside(
    around: str, at: int, hidden: str
) -> None:
    said = outward(f"{around} {SECRET[:at]}{hidden}{SECRET[at:]} {around}", 400, Redaction([SECRET]).mask)

    assert SECRET not in said


@pytest.mark.parametrize("text", INJECTIONS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = without_links(one_line(text))

    assert without_links(one_line(once)) == once


@pytest.mark.proves("N2")
@pytest.mark.parametrize("text", ["x://bank", "\u0444\u0442\u043f://bank", "1://bank", "a b://c"])
def test_no_scheme_keeps_its_slashes(text: str) -> None:
    assert "://" not in without_links(text)


def test_ordinary_words_stay_as_they_are() -> None:
    text = "fx_trades is 40 min late (82 of 100), due 06:30 UTC; version 1.2.3, 95.5 % of ø, über"

    assert outward(text, 400, lambda said: said) == text


def test_what_one_person_gets_together_is_one_letter_that_counts() -> None:
    notices = [_notice(f"t{n}", "x", n) for n in range(30)]

    letter = stationery.letter(notices, TO)

    assert letter.title == "30 things wait for you"
    assert letter.lines[-1] == "and 22 more."
    assert len(letter.lines) == 9
    assert bundle_name(notices) == bundle_name(notices[::-1])

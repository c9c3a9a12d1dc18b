"""Where a person is reached outside of the chats: addresses of the roster, once they are known to be theirs.

Addresses come from the roster alone, never from a text, and nothing but a code goes to one that nobody has
vouched for: a mistyped number must not learn what is broken here.
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from domain.identity.people import Person, Way
from domain.ids import PersonId

CODE_LIVES = timedelta(minutes=30)
_TRIES = 5
_DIGITS = 8
_MAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_MAIL, _LONGEST_LOCAL = 250, 64


class Contact(BaseModel):
    """What is known about one address of a person: whether they confirmed it, or a code is on its way."""

    model_config = ConfigDict(frozen=True)

    person: PersonId
    way: Way
    address_hash: str = ""
    """Of the address that was confirmed or asked about: another address begins anew."""
    confirmed_at: datetime | None = None
    asked_at: datetime | None = None
    tries_left: int = 0


def is_mail_address(text: str) -> bool:
    """Tell whether a text is exactly one plain mail address, which no header can read otherwise."""
    local = text.partition("@")[0]
    return len(text) <= _LONGEST_MAIL and len(local) <= _LONGEST_LOCAL and bool(_MAIL.fullmatch(text))


def is_phone_number(text: str) -> bool:
    """Tell whether a text is exactly one phone number with its country's code."""
    return bool(_PHONE.fullmatch(text))


def address_of(person: Person, way: Way) -> str:
    """Return the person's address on a way, empty when the roster has none that can be used."""
    if way is Way.MAIL:
        return person.email if is_mail_address(person.email) else ""
    if way is Way.SMS:
        return person.phone if is_phone_number(person.phone) else ""
    return ""


def is_trusted(person: Person, way: Way, contact: Contact | None) -> bool:
    """Tell whether a person's address may be told things: vouched for, or confirmed as it is now."""
    address = address_of(person, way)
    if not address:
        return False
    if way in person.vouched:
        return True
    known = contact is not None and contact.confirmed_at is not None
    return known and contact is not None and contact.address_hash == hash_of(address)


def asked(person: Person, way: Way, now: datetime) -> Contact:
    """Return the record of a code that is sent to the person's address now."""
    address = hash_of(address_of(person, way))
    return Contact(person=person.id, way=way, address_hash=address, asked_at=now, tries_left=_TRIES)


def code_of(key: bytes, contact: Contact) -> str:
    """Return the code that confirms an address: it follows from the record, so that it is stored nowhere."""
    asked_at = contact.asked_at.isoformat() if contact.asked_at else ""
    told = f"{contact.person}\0{contact.way}\0{contact.address_hash}\0{asked_at}"
    number = int.from_bytes(hmac.new(key, told.encode(), hashlib.sha256).digest()[:8])
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def after_code(contact: Contact, said: str, expected: str, now: datetime) -> Contact:
    """Return the record after somebody said a code: confirmed, or a try less."""
    is_live = contact.asked_at is not None and now - contact.asked_at <= CODE_LIVES and contact.tries_left > 0
    if is_live and hmac.compare_digest(expected.encode(), said.encode()):
        return contact.model_copy(update={"confirmed_at": now, "asked_at": None, "tries_left": 0})
    return contact.model_copy(update={"tries_left": max(contact.tries_left - 1, 0)})


def masked(address: str) -> str:
    """Return an address so that its owner knows which one is meant, and nobody else learns it."""
    if "@" in address:
        local, _, domain = address.partition("@")
        return f"{local[:1]}•••@{domain}"
    return f"•••{address[-3:]}" if address else ""


def hash_of(address: str) -> str:
    """Return what stands for an address where the address itself must not be kept."""
    return hashlib.sha256(b"dogwatch/contact/1\0" + address.encode()).hexdigest()

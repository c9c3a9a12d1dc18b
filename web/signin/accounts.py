"""From an account that somebody vouches for to a session of a person of ours; every refusal is recorded.

A person is issuer and subject. A mail address joins an account to a person once, and only for listed domains.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from starlette.responses import Response

from domain.errors import NotAllowed
from domain.identity.chat import Account, Platform
from domain.identity.people import ChatIdentity, Person
from domain.identity.web_access import SESSION_AT_MOST, MarkKind, SignIn, SignInMark
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from web.services import WebServices

_MOST_LETTERS = 200

T = TypeVar("T")


@dataclass(frozen=True)
class Vouched:
    """An account that somebody vouches for."""

    way: str
    """`oidc`, `ldap` or `saml`."""
    issuer: str
    subject: str
    email: str
    is_email_verified: bool


def owner_of(services: WebServices, vouched: Vouched) -> Person:
    """Return whose an account is; a verified address of an allowed domain joins it once.

    Raises:
        NotAllowed: Nobody's, or of somebody who is not active.
    """
    if not _fits(vouched.issuer) or not _fits(vouched.subject):
        raise NotAllowed(
            f"{vouched.way}: issuer or subject is empty or too long", say="That account can't be used here."
        )
    account = Account(platform=Platform.WEB, workspace=vouched.issuer, user=vouched.subject)
    with services.writing() as uow:
        person = uow.people.find_person(account) or _joined(uow, services, vouched, account)
    if person is None or not person.is_active:
        raise NotAllowed(
            f"{vouched.way} account without person: {vouched.issuer} {vouched.subject}",
            say="You are known there, but I have no active person for that account.",
            next_step="Ask an administrator to add you or to link the account.",
        )
    return person


def signed_in(
    services: WebServices,
    person: Person,
    method: str,
    proven_at: datetime | None,
    answer: Response,
    subject: str = "",
) -> Response:
    """Put a new session into an answer, and record it.

    Args:
        services: What the room is given.
        person: Whose it is.
        method: How they proved who they are.
        proven_at: When they did; None: nobody knows.
        answer: What the browser gets.
        subject: Their id in a directory that is asked from time to time whether it still knows them.
    """
    now = services.clock.now()
    sid = services.begin(answer, person, proven_at)
    with services.writing() as uow:
        uow.sign_ins.save_sign_in(SignIn(sid=sid, person=person.id, method=method, began_at=now, seen_at=now))
        if subject:
            until = now + SESSION_AT_MOST
            mark = SignInMark(kind=MarkKind.DIRECTORY_SESSION, key=sid, until=until, text=subject)
            uow.sign_in_marks.save(mark)
        own = Account(platform=Platform.WEB, workspace=services.visitors.workspace, user=person.id)
        owner = uow.people.find_person(own)
        if owner is not None and owner.id != person.id:
            raise NotAllowed(
                f"the account {person.id} of the web belongs to {owner.id}",
                say="Your account here was given to somebody else, so you were not signed in.",
                next_step="Ask an administrator to correct it.",
            )
        if owner is None:
            uow.people.link(ChatIdentity(account=own, person=person.id, linked_at=now))
        record(uow, services, AuditAct.SIGNED_IN, person.id, {"method": method})
    return answer


async def recorded(services: WebServices, way: str, trying: Awaitable[T]) -> T:
    """Return what a part of a sign-in gives; when it refuses, the refusal is recorded first."""
    try:
        return await trying
    except NotAllowed as error:
        # The reason is ours but may quote a stranger: bounded, and without what could break a line.
        reason = "".join(sign if sign.isprintable() else " " for sign in str(error))[:_MOST_LETTERS]
        await asyncio.to_thread(_record_refusal, services, {"method": way, "reason": reason})
        raise


def record(uow: UnitOfWork, services: WebServices, act: AuditAct, actor: str, facts: dict[str, str]) -> None:
    """Add an entry about the sign-in to the audit trail."""
    uow.audit.append(
        AuditEntry(at=services.clock.now(), act=act, actor=actor, subject="sign-in", door="web", facts=facts)
    )


def _joined(uow: UnitOfWork, services: WebServices, vouched: Vouched, account: Account) -> Person | None:
    address = _folded(vouched.email)
    domain = address.rpartition("@")[2]
    if not vouched.is_email_verified or domain not in services.ways.mail_domains.get(
        vouched.way, frozenset()
    ):
        return None
    same = [p for p in uow.people.everybody() if _folded(p.email) == address]
    if len(same) != 1:
        return None
    if any(one.workspace == vouched.issuer for one in uow.people.accounts_of(same[0].id)):
        # Somebody else has the address now, or it was theirs before: whose it is, an administrator says.
        return None
    uow.people.link(ChatIdentity(account=account, person=same[0].id, linked_at=services.clock.now()))
    record(
        uow, services, AuditAct.ACCOUNT_LINKED, same[0].id, {"by": "verified address", "method": vouched.way}
    )
    return same[0]


def _record_refusal(services: WebServices, facts: dict[str, str]) -> None:
    with services.writing() as uow:
        record(uow, services, AuditAct.REFUSED, "visitor", facts)


def _folded(address: str) -> str:
    """Return a mail address for comparing: only ASCII is folded, else a Kelvin sign would be somebody's k."""
    return address.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _fits(text: str) -> bool:
    return 0 < len(text) <= _MOST_LETTERS

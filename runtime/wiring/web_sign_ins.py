"""What the web chat asks about people: whether they are signed in still, and of which teams they are."""

import time

from domain.identity.chat import Account, Platform
from domain.proof.audit import AuditAct, AuditEntry
from runtime.wiring.stores import Stores
from web.signin.ending import end_sign_in
from web.visitors import Visitors

_NOTED_EVERY_SECONDS = 60.0
_MOST_REMEMBERED = 10_000
_BELIEVED_SECONDS = 30.0


class WebSignIns:
    """Implements `SignIns` on the table of sign-ins, the same as the dashboard's.

    Args:
        stores: Where sign-ins and the trail are.
        visitors: Knows who is signed in.
    """

    def __init__(self, stores: Stores, visitors: Visitors) -> None:
        self._stores = stores
        self._visitors = visitors
        self._noted: dict[tuple[str, str], float] = {}
        self._out: dict[str, tuple[float, bool]] = {}

    def is_live(self, sid: str, *, is_used: bool = True) -> bool:
        """Return whether a sign-in still counts."""
        return self._visitors.is_live(sid, is_used=is_used)

    def is_out(self, subject: str) -> bool:
        """Return whether an account is of somebody who was deactivated; believed for half a minute."""
        now = time.monotonic()
        until, is_out = self._out.get(subject, (0.0, False))
        if now < until:
            return is_out
        account = Account(platform=Platform.WEB, workspace=self._visitors.workspace, user=subject)
        with self._stores.transactions.reading() as uow:
            person = uow.people.find_person(account)
        is_out = person is not None and not person.is_active
        if len(self._out) > _MOST_REMEMBERED:
            self._out.clear()
        self._out[subject] = (now + _BELIEVED_SECONDS, is_out)
        return is_out

    def end(self, sid: str) -> None:
        """Sign out, everywhere that the sign-in's cookie is."""
        with self._stores.transactions.writing() as uow:
            end_sign_in(uow, sid, self._stores.clock.now(), {"reason": "signed out"}, door="web")
        self._visitors.forget(sid)

    def note_refusal(self, subject: str, reason: str) -> None:
        """Record a refusal; the same again once a minute, so that a flood of them fills nothing."""
        now = time.monotonic()
        if now - self._noted.get((subject, reason), now - 2 * _NOTED_EVERY_SECONDS) < _NOTED_EVERY_SECONDS:
            return
        if len(self._noted) > _MOST_REMEMBERED:
            self._noted.clear()
        self._noted[subject, reason] = now
        account = Account(platform=Platform.WEB, workspace=self._visitors.workspace, user=subject)
        with self._stores.transactions.writing() as uow:
            person = uow.people.find_person(account)
            uow.audit.append(
                AuditEntry(
                    at=self._stores.clock.now(),
                    act=AuditAct.REFUSED,
                    actor=person.id if person else "visitor",
                    subject="door",
                    door=Platform.WEB.value,
                    facts={"reason": reason},
                )
            )


class WebTeams:
    """Tells of which teams somebody on the web is; believed for half a minute, because every message asks."""

    def __init__(self, stores: Stores, workspace: str) -> None:
        self._stores, self._workspace = stores, workspace
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    def __call__(self, subject: str) -> frozenset[str]:
        """Return the teams of an account; none for nobody and for who is not active."""
        now = time.monotonic()
        until, teams = self._known.get(subject, (0.0, frozenset()))
        if now < until:
            return teams
        account = Account(platform=Platform.WEB, workspace=self._workspace, user=subject)
        with self._stores.transactions.reading() as uow:
            person = uow.people.find_person(account)
        teams = frozenset(person.teams) if person is not None and person.is_active else frozenset()
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        self._known[subject] = (now + _BELIEVED_SECONDS, teams)
        return teams

"""People in a hurry at a real desk, and a checker of its own: who let which order through, and might they.

Several clicks, from several doors, on old cards, by authors, by people who have lost their role. The checker
reads orders, requests and decisions from SQL and knows from the driver alone who was entitled when.
"""

import contextlib
import dataclasses
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from activities.planning import FixRef, PreviewNote
from bot.cards.tokens import SignedAction
from domain.approval.approvals import ApprovalRequest, Decision, Say
from domain.errors import NotFound
from domain.identity.chat import Account, Place
from domain.identity.people import Person, Role
from domain.ids import ApprovalId, PersonId
from domain.remediation.fixes import Fix, FixState
from runtime.keys import KeyFolder
from runtime.wiring.stores import transactions_of
from storage.audit.audit_verify import rows_of, verify
from storage.unit_of_work import SqlTransactions, SqlUnitOfWork
from tests.bot.mending import PREVIEW, Mending
from tests.domain.builders import a_person
from tests.faults.scenarios import Tally

_CLICKERS = ("erin", "max", "ada", "jo", "kim")
_CLICKS = 24


class _Driver:
    """Clicks, and keeps the truth about roles beside the desk."""

    def __init__(self, house: Mending, seed: int) -> None:
        self.house = house
        self.truth = transactions_of(house.database, KeyFolder(house.folder / "keys"))
        self.chance = random.Random(seed)  # noqa: S311  a seeded order, not a secret
        self.house.knows(a_person("kim", Role.APPROVER), "web", "slack")
        self.entitled = {"ada", "jo", "kim"}
        self.cards: list[ApprovalRequest] = []
        self.pressed: dict[str, str] = {}
        """By the key of each click: the version on the card that was pressed."""

    def ask(self) -> None:
        """Have a plan of erin's asked about, then changed by an approver, so that two cards lie around."""
        fix = self.house.asked()
        self.cards.append(self._request(fix))
        author = self.chance.choice(("erin", "ada"))
        self.house.fill(
            author, "fix.plan", fix.subject, {"p0": "positions"}, runbook="pause-feed", revision="1"
        )
        note = PreviewNote(ref=FixRef(id=fix.id, revision=2), preview=PREVIEW)
        self.house.planning.take_preview(note)
        self.cards.append(self._request(self.house.fix()))

    def click(self, number: int) -> None:
        """Let somebody press some card at some door."""
        request = self.chance.choice(self.cards)
        person = self.chance.choice(_CLICKERS)
        door = self.chance.choice(("web", "slack")) if person != "max" else "web"
        about, version = f"approval/{request.id}", self.chance.choice(self.cards).subject_hash
        key = f"{door}:click-{number}"
        self.pressed[key] = version
        token = self.house.token("approval.approve", door, subject_hash=version, subject=about)
        self.house.press(person, token, door, key=key)
        self.house.ordering.pass_gate(FixRef(id=self.house.fix().id))

    def takes_role(self, person: str) -> None:
        """Take the approver's role from somebody, between a card and a click."""
        self.house.knows(a_person(person, Role.DATA_STEWARD))
        self.entitled.discard(person)

    def _request(self, fix: Fix) -> ApprovalRequest:
        with self.truth.reading() as uow:
            return uow.approvals.get(ApprovalId(str(fix.approval)))


def decided(*, broken: str = "", seed: int = 0) -> Tally:
    """Let many people click, take a role away in the middle, and check every order that came of it."""
    tally = Tally(faults=1)
    with tempfile.TemporaryDirectory(prefix="dogwatch-faults-") as name:
        driver = _Driver(_BUILDS[broken](Path(name)), seed)
        driver.ask()
        driver.takes_role("kim")
        for number in range(_CLICKS):
            driver.click(number)
        found = _violations(driver)
        tally.orders_unentitled = len(found)
        tally.notes += [f"decisions, seed {seed}: {one}" for one in found]
        keys = KeyFolder(Path(name) / "keys").ring("audit")
        tally.is_audit_sound = verify(rows_of(driver.house.database), [], keys).is_whole
    return tally


def _violations(driver: _Driver) -> list[str]:
    """Return what is wrong with the orders that were signed: quorum of distinct entitled people, one hash."""
    found = []
    with driver.truth.reading() as uow:
        fix = driver.house.fix()
        if fix.state is not FixState.RUNNING:
            return [] if fix.order == "" else ["an order without a run"]
        order = uow.plans.order(fix.order).order
        request = uow.approvals.get(ApprovalId(order.approval))
        decisions: list[Decision] = uow.approvals.decisions(request.id)
    counted = {one.person for one in decisions if one.say is Say.YES}
    if order.subject_hash != request.subject_hash:
        found.append("the order is for another version than was approved")
    if any(driver.pressed[one.press] != order.subject_hash for one in decisions):
        found.append("a decision on another version counted")
    if counted & ({request.requested_by} | request.authors):
        found.append("an author approved")
    if len({str(person) for person in counted} & driver.entitled) < sum(n.count for n in request.needs):
        found.append("fewer entitled people than the policy asks for")
    return found


class _NobodyAsked:
    """Requests as a desk sees them that forgot who asked: it lets authors approve."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def get(self, name: ApprovalId) -> ApprovalRequest:
        request: ApprovalRequest = self._kept.get(name)
        return request.model_copy(update={"requested_by": PersonId("nobody"), "authors": frozenset()})

    def save(self, request: ApprovalRequest) -> None:
        with contextlib.suppress(NotFound):  # a new one
            known = self._kept.get(request.id)
            told = {"requested_by": known.requested_by, "authors": known.authors}
            request = request.model_copy(update=told)
        self._kept.save(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


class _ApproversForEver:
    """People as the cards showed them: kim has the role that was taken."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def get(self, name: PersonId) -> Person:
        return _as_shown(self._kept.get(name))

    def find_person(self, account: Account) -> Person | None:
        found = self._kept.find_person(account)
        return found and _as_shown(found)

    def those(self, names: Any) -> dict[PersonId, Person]:
        return {name: _as_shown(person) for name, person in self._kept.those(names).items()}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kept, name)


def _as_shown(person: Person) -> Person:
    return (
        person.model_copy(update={"roles": person.roles | {Role.APPROVER}}) if person.id == "kim" else person
    )


class _Opened:
    """Transactions whose stores are partly others."""

    def __init__(self, real: SqlTransactions, others: dict[str, Callable[[Any], Any]]) -> None:
        self._real, self._others = real, others

    @contextlib.contextmanager
    def reading(self) -> Iterator[SqlUnitOfWork]:
        with self._real.reading() as uow:
            yield self._changed(uow)

    @contextlib.contextmanager
    def writing(self) -> Iterator[SqlUnitOfWork]:
        with self._real.writing() as uow:
            yield self._changed(uow)

    def _changed(self, uow: SqlUnitOfWork) -> SqlUnitOfWork:
        for name, other in self._others.items():
            setattr(uow, name, other(getattr(uow, name)))
        return uow


class _SelfApproval(Mending):
    """A build that is broken on purpose: who asked is not looked at."""

    def opened(self) -> SqlTransactions:
        return _Opened(super().opened(), {"approvals": _NobodyAsked})  # type: ignore[return-value]  # it opens the same


class _BelievedCard(Mending):
    """A build that is broken on purpose: the card said who may, and any card is of the newest version."""

    def opened(self) -> SqlTransactions:
        return _Opened(super().opened(), {"people": _ApproversForEver})  # type: ignore[return-value]  # it opens the same

    def read_token(self, token: str, place: Place) -> SignedAction:
        signed = super().read_token(token, place)
        if not signed.subject.startswith("approval/"):
            return signed
        with self.transactions.reading() as uow:
            request = uow.approvals.get(ApprovalId(signed.subject.removeprefix("approval/")))
        return dataclasses.replace(signed, subject_hash=request.subject_hash)


_BUILDS: dict[str, type[Mending]] = {"": Mending, "self_approval": _SelfApproval, "card": _BelievedCard}

"""People in a hurry at a real desk, and a checker of its own: who let which order through, and might they.

Several clicks, from several doors, on old cards, by authors, by people who have lost their role. The checker
reads orders, requests and decisions from SQL and knows from the driver alone who was entitled when.
"""

import contextlib
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from activities import ordering
from activities.planning import FixRef, PreviewNote
from bot.commands import decide
from domain import approvals
from domain.approvals import ApprovalRequest, Decision, Objection, Say
from domain.fixes import Fix, FixState
from domain.ids import ApprovalId, PersonId
from domain.people import Role
from runtime.keys import KeyFolder
from storage.audit_verify import rows_of, verify
from tests.bot.mending import PREVIEW, Mending
from tests.domain.builders import a_person
from tests.faults.scenarios import Tally

_CLICKERS = ("erin", "max", "ada", "jo", "kim")
_CLICKS = 24


class _Driver:
    """Clicks, and keeps the truth about roles beside the desk."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.house = Mending(folder)
        self.chance = random.Random(seed)  # noqa: S311  a seeded order, not a secret
        self.house.knows(a_person("kim", Role.APPROVER), "web", "slack")
        self.entitled = {"ada", "jo", "kim"}
        self.cards: list[ApprovalRequest] = []

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

    def click(self) -> None:
        """Let somebody press some card at some door."""
        request = self.chance.choice(self.cards)
        person = self.chance.choice(_CLICKERS)
        door = self.chance.choice(("web", "slack")) if person != "max" else "web"
        about, version = f"approval/{request.id}", self.chance.choice(self.cards).subject_hash
        self.house.button(person, "approval.approve", about, door, subject_hash=version)
        self.house.ordering.pass_gate(FixRef(id=self.house.fix().id))

    def takes_role(self, person: str) -> None:
        """Take the approver's role from somebody, between a card and a click."""
        self.house.knows(a_person(person, Role.DATA_STEWARD))
        self.entitled.discard(person)

    def _request(self, fix: Fix) -> ApprovalRequest:
        with self.house.transactions.reading() as uow:
            return uow.approvals.get(ApprovalId(str(fix.approval)))


def decided(*, broken: str = "", seed: int = 0) -> Tally:
    """Let many people click, take a role away in the middle, and check every order that came of it."""
    tally = Tally(faults=1)
    with tempfile.TemporaryDirectory(prefix="dogwatch-faults-") as name, _build(broken):
        driver = _Driver(Path(name), seed)
        driver.ask()
        with _hurried_desk(driver.house):
            driver.takes_role("kim")
            for _ in range(_CLICKS):
                driver.click()
        found = _violations(driver)
        tally.orders_unentitled = len(found)
        tally.notes += [f"decisions, seed {seed}: {one}" for one in found]
        keys = KeyFolder(Path(name) / "keys").ring("audit")
        tally.is_audit_sound = verify(rows_of(driver.house.database), [], keys).is_whole
    return tally


def _violations(driver: _Driver) -> list[str]:
    """Return what is wrong with the orders that were signed: quorum of distinct entitled people, one hash."""
    found = []
    with driver.house.transactions.reading() as uow:
        fix = driver.house.fix()
        if fix.state is not FixState.RUNNING:
            return [] if fix.order == "" else ["an order without a run"]
        order = uow.plans.order(fix.order).order
        request = uow.approvals.get(ApprovalId(order.approval))
        decisions: list[Decision] = uow.approvals.decisions(request.id)
    counted = {one.person for one in decisions if one.say is Say.YES}
    if order.subject_hash != request.subject_hash:
        found.append("the order is for another version than was approved")
    if any(one.subject_hash != order.subject_hash for one in decisions):
        found.append("a decision on another version counted")
    if counted & ({request.requested_by} | request.authors):
        found.append("an author approved")
    if len({str(person) for person in counted} & driver.entitled) < sum(n.count for n in request.needs):
        found.append("fewer entitled people than the policy asks for")
    return found


@contextlib.contextmanager
def _hurried_desk(house: Mending) -> Iterator[None]:
    """Let nobody be refused for pressing too often: this is about who, not how often."""
    house.desk._most_acts = 10_000
    yield


@contextlib.contextmanager
def _build(broken: str) -> Iterator[None]:
    """Put a build together that is broken on purpose; whole when nothing is named."""
    with contextlib.ExitStack() as parts:
        if broken == "self_approval":
            parts.enter_context(mock.patch.object(decide, "_is_own", return_value=False))
            parts.enter_context(mock.patch.object(decide, "objection_to", _but(Objection.OWN_REQUEST)))
            parts.enter_context(mock.patch.object(ordering, "approved_subject", return_value=True))
        if broken == "card":
            # The card said who may, and which version: nothing is read again, here or at the gate.
            lenient = _but(Objection.NOT_AN_APPROVER, Objection.OTHER_VERSION)
            parts.enter_context(mock.patch.object(decide, "objection_to", lenient))
            parts.enter_context(mock.patch.object(decide, "tally", _as_the_card_said))
            unread = mock.patch.object(ordering.Ordering, "_objection", return_value="")
            parts.enter_context(unread)
        yield


def _but(*ignored: Objection):  # type: ignore[no-untyped-def]  # the signature of objection_to
    real = approvals.objection_to

    def objection(decision, request, person, so_far, **more):  # type: ignore[no-untyped-def]
        if Objection.OWN_REQUEST in ignored:
            request = request.model_copy(update={"requested_by": PersonId("nobody"), "authors": frozenset()})
        if Objection.NOT_AN_APPROVER in ignored and person.id == "kim":
            person = person.model_copy(update={"roles": frozenset({Role.APPROVER})})
        if Objection.OTHER_VERSION in ignored:
            decision = decision.model_copy(update={"subject_hash": request.subject_hash})
        return real(decision, request, person, so_far, **more)

    return objection


def _as_the_card_said(needs, decisions):  # type: ignore[no-untyped-def]  # the signature of tally
    shown = frozenset({Role.APPROVER})
    return approvals.tally(needs, [one.model_copy(update={"roles": shown}) for one in decisions])

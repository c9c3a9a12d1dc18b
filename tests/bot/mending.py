"""A desk with the runbook catalogue, and people who mend things at it."""

import itertools
from datetime import timedelta
from functools import cache
from pathlib import Path

from activities.ordering import Ordering
from activities.planning import Books, FixRef, Planning, PreviewNote
from activities.reporting_runs import ReportingRuns, ReportNote
from bot.cards.model import Action, Reply
from bot.presenters.sentences import stored_sentence
from bot.turn import FixTools
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Role
from domain.ids import ApprovalId, RequestId
from domain.remediation.fixes import Fix
from domain.remediation.parcels import Preview
from domain.remediation.plans import DryRun, Effect, Risk
from domain.remediation.run_reports import RunReport, RunState
from domain.remediation.runbooks import Inventory, TargetKind, TargetSummary
from remediation.catalogue_reading import read_catalogue
from remediation.planner import CataloguePlanner
from remediation.written_scripts import WrittenScripts
from runtime.keys import KeyFolder
from tests.bot.desk_house import CHANNEL, DeskHouse, account_of, place_of
from tests.domain.builders import a_person

_FILLED = itertools.count(1)
INVENTORY = Inventory(
    targets=(
        TargetSummary(
            name="orchestrator", kind=TargetKind.HTTP, environment="production", serves=("fx_trades",)
        ),
        TargetSummary(name="other", kind=TargetKind.HTTP, environment="production", risk=Risk.HIGH),
    ),
    feeds=frozenset({"fx_trades", "positions"}),
    services=frozenset({"pricing"}),
    consumers={"fx_trades": ("positions",)},
)
PREVIEW = Preview(
    dry_run=DryRun(effects=(Effect(step="pause", target="orchestrator", change="PUT", after="paused"),))
)


@cache
def planner() -> CataloguePlanner:
    return CataloguePlanner(read_catalogue())


class Mending(DeskHouse):
    """A desk with a catalogue, and people who mend."""

    def __init__(self, folder: Path, *, has_model: bool = False, address: str = "") -> None:
        tools = FixTools(
            planner=planner,
            inventory=lambda uow: INVENTORY,
            environment="production",
            scripts=WrittenScripts,
            has_model=has_model,
        )
        super().__init__(folder, fixes=tools, address=address)
        self.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web", "slack")
        self.knows(a_person("max", Role.LEAD), "web")
        books = Books(
            self.transactions.reading,
            self.transactions.writing,
            self.clock,
            lambda: None,
            lambda: self.policy,
            {},
        )
        self.planning = Planning(books)
        self.ordering = Ordering(books, KeyFolder(self.folder / "keys").signer("orders"))
        self.reporting = ReportingRuns(books, stored_sentence)

    def fix(self) -> Fix:
        with self.transactions.reading() as uow:
            return uow.fixes.recent(1)[0]

    def button(
        self,
        person: str,
        verb: str,
        subject: str,
        platform: str = "web",
        *,
        subject_hash: str = "",
        **arguments: str,
    ) -> Reply:
        action = Action(verb=verb, label="x", subject=subject, subject_hash=subject_hash, arguments=arguments)
        return self.press(person, self.mint(action, place_of(platform)), platform)

    def fill(
        self,
        person: str,
        verb: str,
        subject: str,
        inputs: dict[str, str],
        *,
        subject_hash: str = "",
        **arguments: str,
    ) -> Reply:
        action = Action(verb=verb, label="x", subject=subject, subject_hash=subject_hash, arguments=arguments)
        return self.act(
            Incoming(
                key=f"web:fill:{next(_FILLED)}",
                kind=IncomingKind.SUBMIT,
                account=account_of(person, "web"),
                place=place_of("web", CHANNEL),
                at=self.clock.at,
                token=self.mint(action, place_of("web")),
                inputs=inputs,
            )
        )

    def planned(self, person: str = "erin") -> Fix:
        """Ask for a paused feed and fill in its dialog."""
        self.say(person, "fix fx-trades bad file")
        subject = self.fix().subject
        self.button(person, "fix.pick", subject, runbook="pause-feed")
        self.fill(person, "fix.plan", subject, {"p0": "fx_trades"}, runbook="pause-feed", revision="0")
        return self.fix()

    def asked(self) -> Fix:
        """Have the plan dry-run and asked about."""
        fix = self.planned()
        self.planning.take_preview(PreviewNote(ref=FixRef(id=fix.id, revision=fix.revision), preview=PREVIEW))
        return self.fix()

    def vote(self, person: str, platform: str = "web", verb: str = "approval.approve") -> Reply:
        with self.transactions.reading() as uow:
            request = uow.approvals.get(ApprovalId(str(self.fix().approval)))
        return self.button(
            person, verb, f"approval/{request.id}", platform, subject_hash=request.subject_hash
        )

    def ran(self, fix: Fix, state: RunState = RunState.VERIFIED, say: str = "Every check held.") -> Fix:
        """Have a plan that was dry-run approved, ordered and reported on; return it as it then is."""
        for person in ("ada", "jo"):
            self.vote(person)
        self.ordering.pass_gate(FixRef(id=fix.id))
        return self.reported(fix, state, say)

    def reported(self, fix: Fix, state: RunState = RunState.VERIFIED, say: str = "Every check held.") -> Fix:
        """Take the runner's report on an ordered plan; a minute passes."""
        with self.transactions.reading() as uow:
            now = uow.fixes.get(fix.id)
            steps = len(uow.plans.get(fix.id, now.revision).plan.steps)
        recorded = ("d" * 64,) * steps if state is RunState.VERIFIED else ()
        report = RunReport(order_id=now.order, state=state, say=say, recorded=recorded)
        self.reporting.take_report(ReportNote(ref=FixRef(id=fix.id), report=report))
        self.clock.at += timedelta(minutes=1)
        return self.found(fix.id)

    def found(self, name: RequestId) -> Fix:
        """Return an attempt as it stands."""
        with self.transactions.reading() as uow:
            return uow.fixes.get(name)

"""From trouble to up to three ranked options out of the catalogue.

Ranking: how well the runbook fits the kinds of trouble and the reason, what it did before on the same
kind (Laplace's rule of succession, so one lucky run does not beat forty good ones), then less risk, a
smaller blast radius, less time.
"""

from collections.abc import Mapping, Sequence

from domain.errors import BadInput, NotNow
from domain.ids import PersonId
from domain.remediation.parameters import fault_of
from domain.remediation.plans import Plan, Risk, Value
from domain.remediation.runbooks import (
    BlastRadius,
    IncidentType,
    Inventory,
    Option,
    Outcome,
    Runbook,
    TargetSummary,
    Trouble,
)
from remediation.blast_radius import blast_radius
from remediation.catalogue_reading import Catalogue
from remediation.plan_building import build_plan
from remediation.risk import worst
from remediation.taking_back import plan_taking_back, reverse_plan

_MOST_OPTIONS = 3
_RISK_COST = {Risk.LOW: 0, Risk.MEDIUM: 80, Risk.HIGH: 200}
_PREFERRED = 300
"""More than a kind of trouble can bring; less than a good record brings over a bad one."""


class CataloguePlanner:
    """Implements the port `Planner`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @property
    def catalogue(self) -> Catalogue:
        """Return the catalogue that options come from."""
        return self._catalogue

    def options(
        self, trouble: Trouble, inventory: Inventory, outcomes: Sequence[Outcome] = ()
    ) -> tuple[Option, ...]:
        """Return up to three options, the best first; empty when no runbook fits what exists here."""
        found = []
        for runbook in self._catalogue.runbooks:
            is_asked_for = runbook.id == trouble.runbook or runbook.id in trouble.preferred
            if not is_asked_for and not set(runbook.serves) & set(trouble.types):
                continue
            option = self._option(runbook, trouble, inventory, outcomes)
            if option is not None:
                found.append(option)
        found.sort(key=lambda option: (option.runbook != trouble.runbook, -option.score, option.runbook))
        return tuple(found[:_MOST_OPTIONS])

    def plan(
        self,
        option: str,
        *,
        parameters: Mapping[str, Value],
        targets: Mapping[str, str],
        inventory: Inventory,
        environment: str,
        requested_by: PersonId,
    ) -> Plan:
        """Return the plan of a runbook with its parameters filled in.

        Raises:
            NotFound: There is no such runbook.
            BadInput: A parameter or target does not fit, or names a feed or service that does not exist.
        """
        runbook = self._catalogue.get(option)
        refuse_unknown_names(parameters, inventory)
        return build_plan(
            self._catalogue,
            runbook,
            parameters=parameters,
            targets=targets,
            inventory=inventory,
            environment=environment,
            requested_by=requested_by,
        )

    def blast(self, plan: Plan, inventory: Inventory) -> BlastRadius:
        """Return who depends on what the plan changes."""
        changed = tuple(target for target in inventory.targets if target.name in plan.changed_targets)
        return blast_radius(inventory, changed, plan.parameters)

    def reverse_of(self, runbook: str) -> str:
        """Return the runbook that takes back what another did; empty where none is named."""
        found = self._catalogue.find(runbook)
        return "" if found is None else found.reverse or ""

    def changes_feed(self, runbook: str) -> bool:
        """Return whether a feed works otherwise after a runbook, as after a deployment."""
        found = self._catalogue.find(runbook)
        return found is not None and found.changes_feed

    def undo(
        self, plan: Plan, *, order: str, recorded: Sequence[str], inventory: Inventory, requested_by: PersonId
    ) -> Plan:
        """Return the plan that takes back a verified run: by its own undo steps, else by its reverse.

        Raises:
            NotNow: Nothing of it can be undone.
            BadInput: Its reverse does not fit any more.
        """
        made = plan_taking_back(plan, order=order, recorded=recorded, requested_by=requested_by)
        made = made or reverse_plan(self._catalogue, plan, inventory=inventory, requested_by=requested_by)
        if made is None:
            raise NotNow(f"no undo of {plan.id}", say="Nothing of this plan can be undone.")
        return made

    def runbooks(self) -> Sequence[Runbook]:
        """Return every runbook, by id."""
        return self._catalogue.runbooks

    def _option(
        self, runbook: Runbook, trouble: Trouble, inventory: Inventory, outcomes: Sequence[Outcome]
    ) -> Option | None:
        targets = _fitting_targets(runbook, trouble, inventory)
        if len(targets) < len(runbook.slots):
            return None
        suggested = _suggested(runbook, trouble)
        blast = blast_radius(inventory, tuple(targets.values()), suggested)
        history = _history(runbook, trouble.types, outcomes)
        risk = worst([runbook.risk, *(t.risk for t in targets.values() if t.risk is Risk.HIGH)])
        return Option(
            runbook=runbook.id,
            title=runbook.title,
            does=runbook.summary,
            expected=runbook.expected,
            risk=risk,
            risk_reasons=runbook.risk_reasons,
            estimate=runbook.estimate,
            needs=tuple(f"{slot}: {s.kind.value}, {s.access.value}" for slot, s in runbook.slots.items()),
            checks=tuple(check.claim for check in runbook.checks),
            undo=runbook.undo_note,
            blast=blast,
            targets={slot: target.name for slot, target in targets.items()},
            parameters=runbook.parameters,
            suggested=suggested,
            verified_of=history,
            score=_score(runbook, trouble, risk, blast, history),
        )


def refuse_unknown_names(parameters: Mapping[str, Value], inventory: Inventory) -> None:
    """Refuse feeds and services that are not in our own inventory, whoever named them.

    Raises:
        BadInput: One does not exist; the sentence says which parameter.
    """
    known: dict[str, frozenset[str]] = {
        "feed": inventory.feeds,
        "consumer": inventory.feeds | inventory.services,
        "service": inventory.services,
    }
    for name, names in known.items():
        value = parameters.get(name)
        if value is not None and value not in names:
            raise BadInput(
                f"{name} is not in the inventory",
                say=f"I don't know the {name} that was named, so I can't plan for it.",
                next_step=f"Name a {name} from the inventory.",
            )


def _fitting_targets(runbook: Runbook, trouble: Trouble, inventory: Inventory) -> dict[str, TargetSummary]:
    """Suggest a target for each slot: one that serves what is in trouble, else one of its kind."""
    subjects = {trouble.feed, trouble.service} - {""}
    chosen: dict[str, TargetSummary] = {}
    for slot, wanted in runbook.slots.items():
        fitting = [
            target
            for target in inventory.targets
            if target.kind is wanted.kind and target.environment == trouble.environment
        ]
        best = sorted(fitting, key=lambda target: (not subjects & set(target.serves), target.name))
        best = [target for target in best if target.name not in {t.name for t in chosen.values()}]
        if best:
            chosen[slot] = best[0]
    return chosen


def _suggested(runbook: Runbook, trouble: Trouble) -> dict[str, Value]:
    """Return what is known for the blanks of a runbook; what does not fit a blank's type is left out."""
    known = {**trouble.facts, "feed": trouble.feed, "service": trouble.service}
    values: dict[str, Value] = {}
    for parameter in runbook.parameters:
        value = known.get(parameter.name, "")
        if value and not fault_of(parameter, value):
            values[parameter.name] = value
    return values


def _history(runbook: Runbook, types: Sequence[IncidentType], outcomes: Sequence[Outcome]) -> tuple[int, int]:
    same = [one for one in outcomes if one.runbook == runbook.id and one.incident_type in types]
    return sum(one.is_verified for one in same), len(same)


def _score(
    runbook: Runbook, trouble: Trouble, risk: Risk, blast: BlastRadius, history: tuple[int, int]
) -> int:
    """Return a whole number, so that equal inputs rank equally everywhere."""
    fit = max(
        (
            200 - 40 * runbook.serves.index(kind) - 50 * place
            for place, kind in enumerate(trouble.types)
            if kind in runbook.serves
        ),
        default=0,
    )
    if runbook.id in trouble.preferred:
        fit += _PREFERRED - 40 * trouble.preferred.index(runbook.id)
    verified, tried = history
    success = 600 * (verified + 1) // (tried + 2)
    # A feed's trouble is solved on the data first: restarting services hides it from the next run.
    about = 60 if runbook.is_about_data == bool(trouble.feed) else 0
    return (
        fit
        + success
        + about
        - _RISK_COST[risk]
        - 2 * min(blast.size, 50)
        - min(runbook.estimate.seconds // 60, 30)
    )

"""Port: from trouble to ranked options out of the runbook catalogue."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.ids import PersonId
from domain.plans import Plan, Value
from domain.runbooks import BlastRadius, Inventory, Option, Outcome, Runbook, Trouble


class Planner(Protocol):
    """Offers what is in the catalogue, never anything else."""

    def options(
        self, trouble: Trouble, inventory: Inventory, outcomes: Sequence[Outcome] = ()
    ) -> tuple[Option, ...]:
        """Return up to three options, the best first; empty when no runbook fits."""
        ...

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
            BadInput: A parameter or target does not fit; the sentence says which and why.
        """
        ...

    def blast(self, plan: Plan, inventory: Inventory) -> BlastRadius:
        """Return who depends on what the plan changes."""
        ...

    def runbooks(self) -> Sequence[Runbook]:
        """Return every runbook, by id."""
        ...

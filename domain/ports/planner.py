"""Port: from trouble to ranked options out of the runbook catalogue."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.ids import PersonId
from domain.remediation.plans import Plan, Value
from domain.remediation.runbooks import BlastRadius, Inventory, Option, Outcome, Runbook, Trouble


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

    def reverse_of(self, runbook: str) -> str:
        """Return the runbook that takes back what another did; empty where none is named."""
        ...

    def changes_feed(self, runbook: str) -> bool:
        """Return whether a feed works otherwise after a runbook, as after a deployment."""
        ...

    def undo(
        self, plan: Plan, *, order: str, recorded: Sequence[str], inventory: Inventory, requested_by: PersonId
    ) -> Plan:
        """Return the plan that takes back a run: by its own undo steps, else by its runbook's reverse.

        Args:
            plan: The plan that was run and verified.
            order: The order under which it was.
            recorded: For each of its steps the digest of what it recorded.
            inventory: What exists.
            requested_by: Who wants it back.

        Raises:
            NotNow: Nothing of it can be undone.
        """
        ...

    def runbooks(self) -> Sequence[Runbook]:
        """Return every runbook, by id."""
        ...

"""Ports: what a language model may add to a plan, and what becomes of a written script."""

from typing import Protocol

from domain.ids import PersonId, PlanId
from domain.remediation.plans import Plan
from domain.remediation.runbooks import Inventory, Option, Trouble
from domain.remediation.scripts import Draft, Finding, ScriptDraft, ScriptWish


class FixAdviser(Protocol):
    """A model behind rules: it names a runbook or drafts a script, and decides nothing."""

    def propose(self, trouble: Trouble, inventory: Inventory, on_behalf_of: PersonId) -> Option:
        """Return one further option, marked as a guess.

        Raises:
            BadInput: What it said doesn't fit catalogue and inventory.
            NotNow: Its budget is used up.
            OutsideTrouble: It did not answer.
        """
        ...

    def draft(self, wish: ScriptWish, on_behalf_of: PersonId) -> Draft:
        """Return a script for what a person wants, unreviewed.

        Raises:
            BadInput: What it said is no script.
            NotNow: Its budget is used up.
            OutsideTrouble: It did not answer.
        """
        ...


class ScriptDesk(Protocol):
    """Reviews written scripts by rules and turns adopted ones into plans."""

    def review(self, draft: Draft) -> tuple[Finding, ...]:
        """Return what the rules see in script, undo and check."""
        ...

    def adopted(
        self, script: ScriptDraft, *, environment: str, requested_by: PersonId, plan_id: PlanId
    ) -> Plan:
        """Return the plan of an adopted script: always high risk, never automatic.

        Raises:
            BadInput: The rules refuse it.
        """
        ...

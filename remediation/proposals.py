"""What a language model may say: a runbook id with parameters, or a draft that a person adopts.

A proposal is data in a closed schema. It is checked against catalogue and inventory, never approves, never
widens.
"""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import Field, ValidationError

from domain.canonical import canonical_bytes, strict_loads
from domain.errors import BadInput
from domain.ids import PersonId, PlanId
from domain.parameters import checked_parameters
from domain.plans import Authorship, Frozen, Language, Line, Plan, Risk, Script, Slug, Step, Value
from domain.runbooks import Inventory
from remediation.catalogue_reading import Catalogue
from remediation.plan_building import tool_versions
from remediation.planner import refuse_unknown_names
from remediation.script_review import Finding, review

_MOST_BYTES = 64_000
_T = TypeVar("_T", bound=Frozen)


class Proposal(Frozen):
    """A runbook with parameters, as a model proposes it. It has no field for reasons, targets or approval."""

    runbook: Slug
    parameters: dict[str, Value] = Field(default_factory=dict)


class Draft(Frozen):
    """A script as a model or a person drafts it; it reaches no target until a person grants one."""

    title: Line
    language: Language
    script: str = Field(min_length=1, max_length=16_000)
    undo: str = Field(default="", max_length=16_000)


def checked_proposal(text: str, catalogue: Catalogue, inventory: Inventory) -> Proposal:
    """Return the proposal in a model's answer when it names a runbook and values that exist.

    Raises:
        BadInput: It is no proposal, or names something that catalogue and inventory do not hold.
    """
    proposal = _parsed(text, Proposal)
    runbook = catalogue.find(proposal.runbook)
    if runbook is None:
        raise BadInput(
            "proposal names no runbook", say="The model proposed a runbook that doesn't exist; I ignored it."
        )
    wanted = tuple(parameter for parameter in runbook.parameters if parameter.name in proposal.parameters)
    unknown = set(proposal.parameters) - {parameter.name for parameter in wanted}
    if unknown:
        raise BadInput(
            "proposal has unknown parameters", say="The model proposed unknown parameters; I ignored it."
        )
    refuse_unknown_names(proposal.parameters, inventory)
    return Proposal(runbook=proposal.runbook, parameters=checked_parameters(wanted, proposal.parameters))


def reviewed_draft(text: str) -> tuple[Draft, tuple[Finding, ...]]:
    """Return a model's draft with what the rules say about it, for a person to adopt or drop.

    Raises:
        BadInput: It is no draft.
    """
    draft = _parsed(text, Draft)
    return draft, (*review(draft.script, draft.language), *review(draft.undo, draft.language))


def adopted(
    draft: Draft,
    *,
    author: Authorship,
    environment: str,
    requested_by: PersonId,
    plan_id: PlanId,
    grants: Mapping[str, Script],
) -> Plan:
    """Return the plan of a draft that a person adopted: always high risk, never automatic.

    Args:
        draft: What was adopted.
        author: `model` stays `model`, whoever adopts it.
        environment: Where it runs.
        requested_by: The person who asked; the plan is theirs.
        plan_id: The plan's id.
        grants: `run` and perhaps `undo`, with the targets that the person granted.

    Raises:
        BadInput: The rules refuse the script, or the granted script is not the draft's.
    """
    run, undo = grants["run"], grants.get("undo")
    if run.text != draft.script or (undo is not None and undo.text != draft.undo):
        raise BadInput("granted script differs", say="This isn't the script that was reviewed.")
    findings = [*review(run.text, run.language), *(review(undo.text, undo.language) if undo else ())]
    refused = [finding for finding in findings if finding.is_refusal]
    if refused:
        raise BadInput(
            f"script refused: {refused[0].rule}",
            say=f"The script can't be used: {refused[0].say}",
            next_step="Change it.",
        )
    step = Step(name="script", summary=draft.title, run=run, undo=undo, is_previewable=False)
    reasons = [f"written by a {author.value}, not from the catalogue", *(finding.say for finding in findings)]
    return Plan(
        id=plan_id,
        title=draft.title,
        environment=environment,
        requested_by=requested_by,
        authorship=author,
        steps=(step,),
        risk=Risk.HIGH,
        risk_reasons=tuple(reason[:500] for reason in reasons[:10]),
        tool_versions=tool_versions(),
    )


def _parsed(text: str, model: type[_T]) -> _T:
    if len(text) > _MOST_BYTES:
        raise BadInput(
            "model answer too long", say="The model's answer is too long to be a proposal; I ignored it."
        )
    try:
        return model.model_validate_json(canonical_bytes(strict_loads(text)))
    except ValidationError as error:
        raise BadInput(
            f"model answer does not fit: {error.error_count()} faults",
            say="The model's answer doesn't have the shape of a proposal; I ignored it.",
        ) from error

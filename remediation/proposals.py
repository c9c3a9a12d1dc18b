"""What a language model may say: a runbook id with parameters, or a draft that a person adopts.

A proposal is data in a closed schema. It is checked against catalogue and inventory, never approves, never
widens.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import Field, ValidationError

from domain.errors import BadInput
from domain.ids import PersonId, PlanId
from domain.proof.canonical import canonical_bytes, strict_loads
from domain.remediation.parameters import checked_parameters
from domain.remediation.plans import Authorship, Check, Frozen, Plan, Risk, Script, Slug, Step, Value, Watch
from domain.remediation.runbooks import Inventory, Trouble
from domain.remediation.scripts import Draft, Finding
from remediation.catalogue_reading import Catalogue
from remediation.plan_building import tool_versions
from remediation.planner import refuse_unknown_names
from remediation.script_review import hidden_in, review

_MOST_BYTES = 64_000
_T = TypeVar("_T", bound=Frozen)


class Proposal(Frozen):
    """A runbook with parameters, as a model proposes it. It has no field for reasons, targets or approval."""

    runbook: Slug
    parameters: dict[str, Value] = Field(default_factory=dict)


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
    if any(hidden_in(text) for value in proposal.parameters.values() for text in _texts(value)):
        raise BadInput(
            "proposal hides characters",
            say="The model proposed a value with characters that can't be seen; I ignored it.",
        )
    return Proposal(runbook=proposal.runbook, parameters=checked_parameters(wanted, proposal.parameters))


def refuse_widening(proposal: Proposal, trouble: Trouble) -> None:
    """Refuse a proposal about another feed or service than the one that people asked about.

    Raises:
        BadInput: It names another one.
    """
    if not (trouble.feed or trouble.service):
        return  # the trouble is a target's: whatever the inventory holds can be about it
    for name, asked in (("feed", trouble.feed), ("service", trouble.service)):
        value = proposal.parameters.get(name)
        if value is not None and value != asked:
            raise BadInput(
                f"proposal is about another {name}",
                say=f"The model proposed something for another {name} than the one you asked about; "
                "I ignored it.",
            )


def parsed_draft(text: str) -> Draft:
    """Return the draft in a model's answer; raises `BadInput`."""
    return _parsed(text, Draft)


def reviewed(draft: Draft) -> tuple[Finding, ...]:
    """Return what the rules see in each script of a draft."""
    parts = (("script", draft.script), ("undo", draft.undo), ("check", draft.check))
    found = [replace(one, part=part) for part, text in parts for one in review(text, draft.language)]
    if hidden_in(draft.title):
        found.insert(0, Finding("hides", 1, "its title holds characters that can't be seen", True, "title"))
    return tuple(found)


def adopted(
    draft: Draft,
    *,
    author: Authorship,
    environment: str,
    requested_by: PersonId,
    plan_id: PlanId,
    grants: Mapping[str, Script],
    watch: Watch,
    is_previewable: bool = False,
) -> Plan:
    """Return the plan of a draft that a person adopted: always high risk, never automatic.

    Args:
        draft: What was adopted.
        author: `model` stays `model`, whoever adopts it.
        environment: Where it runs.
        requested_by: The person who adopted it; the plan is theirs.
        plan_id: The plan's id.
        grants: `run` and perhaps `undo` and `check`, with the targets that the person granted.
        watch: How long the script's own check must hold; nothing is watched where it has none.
        is_previewable: Whether the dry run executes it; its author says so, and it sees no write credential.

    Raises:
        BadInput: The rules refuse the script, or a granted script is not the draft's.
    """
    run, undo, check = grants["run"], grants.get("undo"), grants.get("check")
    granted = {"script": run.text, "undo": undo.text if undo else "", "check": check.text if check else ""}
    if granted != {"script": draft.script, "undo": draft.undo, "check": draft.check}:
        raise BadInput("granted script differs", say="This isn't the script that was reviewed.")
    findings = reviewed(draft)
    refused = [finding for finding in findings if finding.is_refusal]
    if refused:
        raise BadInput(
            f"script refused: {refused[0].rule}",
            say=f"The script can't be used: {refused[0].say}",
            next_step="Change it.",
        )
    claims = (Check(claim="the script's own check holds", script=check),) if check else ()
    return Plan(
        id=plan_id,
        title=draft.title,
        environment=environment,
        requested_by=requested_by,
        authorship=author,
        steps=(Step(name="script", summary=draft.title, run=run, undo=undo, is_previewable=is_previewable),),
        checks=claims,
        watch=watch if claims else Watch(),
        risk=Risk.HIGH,
        risk_reasons=_reasons(draft, author, findings, is_previewable=is_previewable),
        credentials=tuple(sorted({str(use) for use in run.targets})),
        tool_versions=tool_versions(),
    )


def _reasons(
    draft: Draft, author: Authorship, findings: tuple[Finding, ...], *, is_previewable: bool
) -> tuple[str, ...]:
    reasons = [f"written by a {author.value}, not from the catalogue"]
    reasons += [] if draft.undo else ["nothing undoes it"]
    reasons += [] if draft.check else ["no check says whether it helped"]
    reasons += [] if is_previewable else ["it can't be dry-run"]
    reasons += [finding.say for finding in findings]
    return tuple(reason[:500] for reason in reasons[:10])


def _texts(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


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

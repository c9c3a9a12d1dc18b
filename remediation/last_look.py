"""Is it still what people said yes to, and is it still where it began?"""

from collections.abc import Mapping

from domain.errors import NotAllowed
from domain.remediation.orders import Order
from domain.remediation.plans import DryRun, Plan
from domain.remediation.run_reports import RunReport, RunState
from remediation.broker.targets import Targets
from remediation.fingerprints import key_names
from remediation.looks import Look, Looks
from remediation.plan_building import tool_versions

_MOST_SHOWN = 1_500
_FORGOTTEN = (
    "The runner's journal knows nothing of this plan's dry run: it was lost or replaced since, so what the"
    " plan did before, if anything, is not known. Look at its targets; then it needs another yes."
)
OTHER_TOOLS = (
    "The runner's tools are others than those of the plan's dry run, as after an upgrade, so it isn't what"
    " was approved. It is dry-run once more, and needs another yes."
)
_UNKNOWN = (
    "The runner's journal knows no dry run of this plan, so a part of it may have been carried out before:"
    " look at its targets."
)


def target_names(plan: Plan) -> tuple[str, ...]:
    """Return the names of the plan's targets, each once."""
    return tuple(sorted({target.rpartition(":")[0] for target in plan.targets}))


def refuse_foreign(plan: Plan, targets: Targets, environment: str) -> None:
    """Refuse a plan of another environment.

    Raises:
        NotFound: It names a target that this runner does not have.
        NotAllowed: A target is of another environment.
    """
    for name in target_names(plan):
        if targets.get(name).environment != environment:
            raise NotAllowed(
                f"target {name} belongs to another environment",
                say=f"{name} belongs to another environment than this runner's.",
            )


def has_other_tools(plan: Plan) -> bool:
    """Tell whether the plan was dry-run with other tools than this runner has, as after an upgrade."""
    return bool(plan.tool_versions) and plan.tool_versions != tool_versions()


def refuse_other_tools(plan: Plan) -> None:
    """Refuse to go on with what was begun with other tools.

    Raises:
        NotAllowed: It was.
    """
    if has_other_tools(plan):
        raise NotAllowed(
            "the plan was begun with other tools",
            say="The runner's tools changed while the plan ran, so it is neither carried on nor undone from"
            " here.",
            next_step="Look at what was done, where it was done.",
        )


def difference(order: Order, now: DryRun, looks: Looks) -> str:
    """Return in a sentence what is another than what was approved; empty when nothing is.

    A yes that rests on this runner's own dry run, of which its journal knows nothing, is from before the
    journal was lost: the order may have been carried out, in part or as a whole, and nobody can tell.

    An order from before there were fingerprints rests on what people were shown alone. Its plan was never
    dry-run by a runner that makes them: of any other plan, the fingerprints count.
    """
    if now.effect_digest == order.effect_digest and (looks.knows(order.plan_id) or not now.places):
        return ""
    if now.effect_digest == order.effect_digest:
        return _FORGOTTEN
    if now.shown_digest == order.effect_digest and not looks.knows(order.plan_id):
        return ""
    seen = looks.find(order.plan_id, order.effect_digest)
    lines = [f"{e.step} · {e.target} · {e.change} · {e.before} → {e.after}" for e in now.effects]
    shown = "; ".join(lines)[:_MOST_SHOWN] or "nothing"
    if seen is None or seen.shown_digest != now.shown_digest:
        unknown = "" if looks.knows(order.plan_id) else f" {_UNKNOWN}"
        return f"The world has changed since the yes: now it would be {shown}.{unknown} It needs another yes."
    return _hidden_difference(seen, now, shown)


def needs_new_yes(order: Order, why: str, looks: Looks) -> RunReport:
    """Return the refusal of an order that nothing of was begun, and that people may say yes to once more."""
    refused = RunReport(order_id=order.id, state=RunState.REFUSED, say=why, needs_new_yes=True)
    return refused.model_copy(update={"may_have_run": not looks.knows(order.plan_id)})


def _hidden_difference(seen: Look, now: DryRun, shown: str) -> str:
    if key_names(seen.places) != key_names(now.places):
        return (
            "This runner's key is another one than at the dry run, so it can't tell whether what is masked"
            f" is still the same. The rest would be {shown}. It needs another yes."
        )
    moved = moved_between(seen.places, now.places)
    if moved:
        return (
            f"What {', '.join(moved)} stands for on this runner has changed since the yes: its address, its"
            " credentials or its commands. It needs another yes."
        )
    return (
        "The world has changed since the yes, in what is masked as a secret: "
        f"the rest would still be {shown}. It needs another yes."
    )


def refuse_other_places(began: Mapping[str, str] | None, now: Mapping[str, str]) -> None:
    """Refuse to go on, or back, where the names of targets mean something else than when the order began.

    Args:
        began: What they meant then; None for an order from before that was written down.
        now: What they mean.

    Raises:
        NotAllowed: One of them means something else.
    """
    if began is not None and key_names(began) != key_names(now):
        raise NotAllowed(
            "the runner's key is another one than when the order began",
            say="This runner's key is another one than when the plan began, so it can't tell whether its"
            " targets still mean the same, and the plan is neither carried on nor undone from here.",
            next_step="Look at what was done, where it was done.",
        )
    moved = moved_between(began, now) if began is not None else ()
    if moved:
        raise NotAllowed(
            f"targets were redefined while the order ran: {', '.join(moved)}",
            say=f"What {', '.join(moved)} stands for on this runner has changed while the plan ran, so it is"
            " neither carried on nor undone from here.",
            next_step="Look at what was done, where it was done.",
        )


def moved_between(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names that mean something else, sorted."""
    return tuple(name for name in sorted({*before, *now}) if before.get(name) != now.get(name))

"""From a picked option to a plan: typed blanks in a dialog, then the dry run; also a changed parameter."""

from collections.abc import Mapping

from bot.cards.model import Action, ActionStyle, Choice, Dialog, Input, InputKind, Reply
from bot.cards.text import md, quote
from bot.commands.ended_requests import end_request
from bot.commands.fixing.fix import fix_of, fix_tools
from bot.commands.fixing.fix_script_dialog import open_script
from bot.turn import Turn
from domain.acts.fix_moves import keep_fix, plan_id
from domain.approval.approvals import Verdict
from domain.errors import BadInput, NotAllowed, NotNow
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.proof.audit import AuditAct
from domain.remediation.fixes import CHANGEABLE, Fix, FixState, PlanVersion
from domain.remediation.parameters import Parameter, ParameterKind
from domain.remediation.plans import Authorship, Plan, Value
from domain.remediation.runbooks import Inventory, Option
from domain.stories import StoryKind

_KINDS = {
    ParameterKind.INTEGER: InputKind.NUMBER,
    ParameterKind.SWITCH: InputKind.TOGGLE,
    ParameterKind.CHOICE: InputKind.CHOICE,
    ParameterKind.DATE: InputKind.DATE,
    ParameterKind.NAMES: InputKind.LONG_TEXT,
}
_GUESSED = "a model proposed it: a guess"
_TRUE = frozenset({"true", "on", "yes", "1"})


def pick(turn: Turn) -> Reply:
    """Open the dialog of an option's blanks; with no blanks, plan at once."""
    fix = changeable(turn)
    option = _option(fix, turn)
    inputs = _inputs(turn, fix, option)
    if not inputs:
        return _plan(turn, fix, option, {}, option.targets)
    return Reply(
        dialog=Dialog(
            title=option.title[:100],
            intro=md("{does} {expected}", does=option.does, expected=option.expected),
            inputs=inputs,
            submit=Action(
                verb="fix.plan",
                label="Dry-run it",
                subject=fix.subject,
                arguments={
                    "runbook": option.runbook,
                    "revision": str(fix.revision),
                    **({"guess": "yes"} if option.is_guess else {}),
                },
                style=ActionStyle.PRIMARY,
            ),
        )
    )


def change_parameters(turn: Turn) -> Reply:
    """Open the dialog of the plan's own runbook with the values that it has now."""
    fix = fix_of(turn)
    turn.subject = fix.subject
    if fix.undoes is not None:
        raise NotNow(
            f"{fix.id} is an undo",
            say=f"An undo takes back exactly what plan {fix.undoes} did, so it has no parameters.",
            next_step="Withdraw it and say `fix` to plan something else.",
        )
    if fix.revision and not fix.runbook:
        return open_script(turn)
    if not fix.runbook:
        raise NotNow("nothing picked yet", say="Pick one of the options first.")
    turn.arguments["runbook"] = fix.runbook
    if turn.uow.plans.get(fix.id, fix.revision).plan.authorship is Authorship.MODEL:
        turn.arguments["guess"] = "yes"
    return pick(turn)


def take_parameters(turn: Turn) -> Reply:
    """Check the values one by one; when all fit, the plan goes to its dry run as a new version."""
    fix = changeable(turn)
    option = _option(fix, turn)
    if turn.arguments.get("revision", str(fix.revision)) != str(fix.revision):
        raise NotNow(
            f"{fix.id} moved on",
            say="The plan was changed while you filled this in.",
            next_step="Open the dialog again from the newest card.",
        )
    given = turn.incoming.inputs
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for number, parameter in enumerate(option.parameters):
        try:
            value = _value(parameter, given.get(f"p{number}", "").strip())
        except BadInput as error:
            errors[f"p{number}"] = error.sentence()
            continue
        if value is not None:
            values[parameter.name] = value
    slots = list(option.targets)
    targets = {slot: given.get(f"t{n}", "") or option.targets[slot] for n, slot in enumerate(slots)}
    if errors:
        return Reply(input_errors=errors)
    try:
        return _plan(turn, fix, option, values, targets)
    except BadInput as error:
        names = [parameter.name for parameter in option.parameters]
        at = next((n for n, name in enumerate(names) if f" {name} " in f" {error} ".replace(":", " ")), 0)
        return Reply(input_errors={f"p{at}" if names else "t0": error.sentence()})


def _plan(
    turn: Turn, fix: Fix, option: Option, values: Mapping[str, Value], targets: Mapping[str, str]
) -> Reply:
    tools = fix_tools(turn)
    planner = tools.planner()
    plan = planner.plan(
        option.runbook,
        parameters=values,
        targets=targets,
        inventory=tools.inventory(turn.uow),
        environment=fix.trouble.environment,
        requested_by=fix.requested_by,
    )
    if option.is_guess:
        plan = plan.model_copy(
            update={"authorship": Authorship.MODEL, "risk_reasons": (*plan.risk_reasons, _GUESSED)}
        )
    named = {
        "runbook": option.runbook,
        "reverse": planner.reverse_of(option.runbook),
        "changes_feed": planner.changes_feed(option.runbook),
    }
    keep_plan(turn, fix, plan, _editor(turn), named)
    return Reply()


def keep_plan(turn: Turn, fix: Fix, plan: Plan, person: Person, more: Mapping[str, object]) -> Fix:
    """Keep a plan as the newest version of an attempt, end what was asked about the former, dry-run it."""
    tools = fix_tools(turn)
    revision = fix.revision + 1
    plan = plan.model_copy(update={"id": plan_id(fix.id, revision)})
    version = PlanVersion(
        fix=fix.id,
        revision=revision,
        plan=plan,
        blast=tools.planner().blast(plan, tools.inventory(turn.uow)),
        made_by=person.id,
        made_at=turn.now,
        note=f"{person.name} changed {'the parameters' if plan.runbook else 'the script'}."
        if fix.revision
        else "",
        # Whoever changes what may have run before does not put a rule back in people's place.
        asks_people=bool(fix.revision) and turn.uow.plans.get(fix.id, fix.revision).asks_people,
    )
    turn.uow.plans.save(version)
    end_request(turn, fix.approval, Verdict.SUPERSEDED)
    moved: dict[str, object] = {
        "state": FixState.DRY_RUNNING,
        "revision": revision,
        "title": plan.title,
        "targets": plan.changed_targets,
        "authors": fix.authors | {person.id},
        "approval": None,
        "approved_at": None,
        "override": "",
        "rule": "",
        "sentence": "",
        **more,
    }
    kept = keep_fix(turn.uow, fix.model_copy(update=moved), turn.now)
    turn.record(
        AuditAct.PLAN_PROPOSED,
        kept.subject,
        plan=plan.id,
        runbook=f"{plan.runbook}@{plan.runbook_version[:16]}" if plan.runbook else "",
        authorship=plan.authorship.value,
        risk=plan.risk.value,
        targets=",".join(plan.targets)[:300],
    )
    turn.nudge(StoryKind.REMEDIATION, fix.id)
    return kept


def changeable(turn: Turn) -> Fix:
    """Return the attempt when the person may shape it and no order was signed; raises otherwise."""
    fix = fix_of(turn)
    _editor(turn)
    if fix.state not in CHANGEABLE:
        raise NotNow(
            f"{fix.id} is {fix.state}",
            say=f"This plan is {fix.state.value.replace('_', ' ')}, so it can't be changed any more.",
            next_step="Say `fix` again to begin a new one.",
        )
    return fix


def _editor(turn: Turn) -> Person:
    """Return the person when they may shape a plan: who proposes fixes, and approvers who know better."""
    person = turn.person
    if person is not None and person.is_active and may(person, Act.DECIDE):
        return person
    return turn.require(Act.PROPOSE_FIX)


def _option(fix: Fix, turn: Turn) -> Option:
    runbook, is_guess = turn.arguments.get("runbook", ""), turn.arguments.get("guess") == "yes"
    offered = (option for option in fix.options if option.runbook == runbook)
    found = next((option for option in offered if option.is_guess is is_guess), None)
    if found is None:
        raise NotAllowed(f"{runbook[:60]} was not offered", say="That wasn't one of the options.")
    return found


def _inputs(turn: Turn, fix: Fix, option: Option) -> tuple[Input, ...]:
    tools = fix_tools(turn)
    now = turn.uow.plans.get(fix.id, fix.revision).plan if fix.runbook == option.runbook else None
    values = dict(option.suggested) if now is None else dict(now.parameters)
    inputs = [
        _input(number, parameter, values.get(parameter.name, parameter.default))
        for number, parameter in enumerate(option.parameters)
    ]
    inventory = tools.inventory(turn.uow)
    for number, slot in enumerate(option.targets):
        fitting = _fitting(inventory, option.targets[slot], fix.trouble.environment)
        if len(fitting) > 1:
            inputs.append(
                Input(
                    name=f"t{number}",
                    kind=InputKind.CHOICE,
                    label=f"Target for {slot}",
                    value=option.targets[slot],
                    is_required=True,
                    choices=tuple(Choice(value=name, label=name) for name in fitting),
                )
            )
    return tuple(inputs)


def _fitting(inventory: Inventory, suggested: str, environment: str) -> list[str]:
    kinds = {target.name: target.kind for target in inventory.targets}
    kind = kinds.get(suggested)
    return [t.name for t in inventory.targets if t.kind is kind and t.environment == environment][:50]


def _input(number: int, parameter: Parameter, value: Value | None) -> Input:
    shown = "\n".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    if isinstance(value, bool):
        shown = "true" if value else ""
    hint = {
        ParameterKind.MOMENT: "A date and time with zone, such as 2026-11-23T06:00:00+00:00.",
        ParameterKind.PATH: "A path below the target's folder, such as in/file.csv.",
        ParameterKind.NAMES: "One a line.",
    }.get(parameter.kind, "")
    return Input(
        name=f"p{number}",
        kind=_KINDS.get(parameter.kind, InputKind.TEXT),
        label=quote(_label(parameter)),
        value=shown,
        hint=hint,
        is_required=parameter.kind is not ParameterKind.SWITCH,
        choices=tuple(Choice(value=one, label=one) for one in parameter.choices),
    )


def _label(parameter: Parameter) -> str:
    """Return what the blank is called, and what is meant where that says more than the name."""
    name, meant = parameter.name.replace("_", " ").capitalize(), parameter.summary.rstrip(".")
    if meant.lower().removeprefix("the ") == name.lower():
        return name
    return f"{name}: {meant[:1].lower()}{meant[1:]}"


def _value(parameter: Parameter, text: str) -> Value | None:
    """Return the typed value of an answer; None when it was left empty."""
    if parameter.kind is ParameterKind.SWITCH:
        return text.lower() in _TRUE
    if not text:
        return None
    if parameter.kind is ParameterKind.INTEGER:
        try:
            return int(text)
        except ValueError as error:
            raise BadInput(f"parameter {parameter.name}", say="This has to be a whole number.") from error
    if parameter.kind is ParameterKind.NAMES:
        return tuple(word for line in text.splitlines() for word in line.replace(",", " ").split())
    return text

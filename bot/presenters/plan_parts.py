"""Parts of the cards about plans: options, steps, effects, blast radius, progress. Outside text is quoted."""

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.cards.model import Fact, Section
from bot.cards.text import md, quote, visible
from domain.counting import counted
from domain.remediation.fixes import Fix, PlanVersion
from domain.remediation.parameters import ParameterKind
from domain.remediation.plans import Effect, Plan, Script, Step
from domain.remediation.run_reports import StepReport, StepState
from domain.remediation.runbooks import BlastRadius, Option

_EFFECTS_SHOWN = 12
_NAMES_SHOWN = 8
_VALUE = 120
_MARKS = {
    StepState.RUNNING: "▶",
    StepState.DONE: "✓",
    StepState.FAILED: "✕",
    StepState.CANCELLED: "■",
    StepState.TIMED_OUT: "⏱",
    StepState.NEVER_BEGAN: "○",
    StepState.UNKNOWN: "?",
    StepState.BUSY: "…",
}


def option_sections(options: Sequence[Option]) -> tuple[Section, ...]:
    """Return one section an option, with what a person needs to pick."""
    return tuple(
        Section(heading=f"{number} · {option.title}", text=_option_text(option))
        for number, option in enumerate(options, start=1)
    )


def _option_text(option: Option) -> str:
    verified, tried = option.verified_of
    past = (
        f"worked {verified} of {counted(tried, 'time')} on this kind of trouble"
        if tried
        else "no history here yet"
    )
    minutes = max(1, round(option.estimate.seconds / 60))
    guess = ["**Proposed by the model: a guess.** Its values are checked against what exists, nothing more."]
    kinds = {parameter.name: parameter.kind for parameter in option.parameters}
    filled = ", ".join(
        f"{name.replace('_', ' ')} {_short(_read_out(value, kinds.get(name)))}"
        for name, value in option.suggested.items()
    )
    lines = [
        *(guess if option.is_guess else []),
        md("{does} {expected}", does=option.does, expected=option.expected),
        *([md("**With** {filled}", filled=filled)] if filled else []),
        md("**Risk** {risk}: {why}", risk=option.risk.value, why="; ".join(option.risk_reasons)),
        md("**Cost** about {m} min, {mib} MiB", m=minutes, mib=option.estimate.memory_mib),
        md("**Needs** {needs}", needs=", ".join(f"{s} → {t}" for s, t in option.targets.items())),
        md("**Checked** {checks}", checks="; ".join(option.checks)),
        md("**Undo** {undo}", undo=option.undo),
        md("**Touches** {blast} · {past}", blast=blast_words(option.blast), past=past),
    ]
    return "\n".join(lines)


def plan_facts(version: PlanVersion) -> tuple[Fact, ...]:
    """Return the plan in a few facts."""
    plan = version.plan
    facts = [
        Fact(
            label="Risk", value=md("**{r}**: {why}", r=plan.risk.value, why="; ".join(plan.risk_reasons[:4]))
        ),
        Fact(label="Targets", value=quote(", ".join(plan.targets))),
        Fact(label="Blast radius", value=quote(blast_words(version.blast))),
        Fact(label="Checks", value=quote(_checks(plan))),
        Fact(label="Undo", value=quote(_undo(plan))),
    ]
    if plan.parameters:
        facts.insert(0, Fact(label="With", value=quote(_parameters(plan))))
    return tuple(facts)


def step_section(plan: Plan) -> Section:
    """Return the steps in words."""
    lines = [f"{n}. {quote(step.summary)}" for n, step in enumerate(plan.steps, start=1)]
    return Section(heading="Steps", text="\n".join(lines))


def effect_section(version: PlanVersion) -> Section:
    """Return what the dry run showed, line by line, as exact text."""
    if version.dry_run is None:
        return Section(heading="Dry run", text="Not done yet.")
    effects = version.dry_run.effects
    lines = [line for effect in effects[:_EFFECTS_SHOWN] for line in _effect_lines(effect)]
    if len(effects) > _EFFECTS_SHOWN:
        lines.append(f"… and {len(effects) - _EFFECTS_SHOWN} more: press Show everything")
    lines += [f"! can't be previewed: {name}" for name in version.dry_run.blind]
    return Section(heading="The dry run would change", text="\n".join(lines) or "nothing", is_code=True)


def _effects_whole(version: PlanVersion) -> str:
    """Return every change of the dry run with all that it replaces and all that it puts there."""
    if version.dry_run is None:
        return "Not done yet."
    lines = []
    for effect in version.dry_run.effects:
        lines.append(_effect_head(effect))
        lines += [f"- {line}" for line in effect.before.split("\n") if effect.before]
        lines += [f"+ {line}" for line in effect.after.split("\n") if effect.after]
    lines += [f"! can't be previewed: {name}" for name in version.dry_run.blind]
    return "\n".join(visible(line) for line in lines) or "nothing"


def _effect_lines(effect: Effect) -> list[str]:
    lines = [_effect_head(effect)]
    lines += [f"- {_short(effect.before)}"] if effect.before else []
    lines += [f"+ {_short(effect.after)}"] if effect.after else []
    return [visible(line) for line in lines]


def _effect_head(effect: Effect) -> str:
    """Return what would change, on one line: a line break in a file's name would draw a change of its own."""
    return f"@ {effect.step} · {effect.target} · {_on_one_line(effect.change)}"


def run_section(plan: Plan, steps: Sequence[StepReport]) -> Section:
    """Return every step with how far it came, then what was undone."""
    forward = {step.step: step for step in steps if not step.is_undo}
    lines = []
    for number, step in enumerate(plan.steps, start=1):
        report = forward.get(number)
        mark = _MARKS.get(report.state, "·") if report else "○"
        took = f" ({report.took_ms / 1000:.1f} s)" if report and report.took_ms else ""
        lines.append(f"{mark} {number}. {quote(step.summary)}{took}")
    undone = sorted((step for step in steps if step.is_undo), key=lambda step: step.step, reverse=True)
    for report in undone:
        mark = "↩" if report.state is StepState.DONE else _MARKS.get(report.state, "·")
        lines.append(f"{mark} undo {report.step}: {quote(report.say or report.state.value)}")
    return Section(heading="Run", text="\n".join(lines))


def output_section(steps: Sequence[StepReport]) -> Section | None:
    """Return the last output of what ran last, as exact text."""
    spoken = [step for step in steps if step.output.strip()]
    if not spoken:
        return None
    last = next((step for step in spoken if step.state is StepState.RUNNING), spoken[-1])
    name = f"Output of {'undo ' if last.is_undo else 'step '}{last.step}"
    lines = last.output.strip().splitlines()[-10:]
    return Section(heading=name, text="\n".join(visible(line[:200]) for line in lines), is_code=True)


def question_section(fix: Fix, names: dict[str, str]) -> Section | None:
    """Return what approvers asked and what was answered."""
    if not fix.questions:
        return None
    lines = []
    for question in fix.questions[-5:]:
        who = names.get(question.asked_by, question.asked_by)
        lines.append(md("**{who}** asked: {text}", who=who, text=question.text))
        if question.answered_by:
            by = names.get(question.answered_by, question.answered_by)
            lines.append(md("**{by}**: {text}", by=by, text=question.answer))
    return Section(heading="Questions", text="\n".join(lines))


def everything(version: PlanVersion) -> list[tuple[str, str]]:
    """Return all of a plan as headed exact texts: what an approver of high risk must have opened."""
    plan = version.plan
    parts = [("What the dry run would change", _effects_whole(version))]
    head = plan.model_dump(mode="json", exclude={"steps", "preconditions", "checks"})
    parts.append(("Plan", json.dumps(head, indent=1, sort_keys=True, ensure_ascii=True)))
    for number, step in enumerate(plan.steps, start=1):
        scripts = {
            "remember": step.remember,
            "run": step.run,
            "probe": step.probe,
            "check": step.check,
            "undo": step.undo,
            "check of the undo": step.undo_check,
        }
        arguments = json.dumps(step.model_dump(mode="json")["arguments"], sort_keys=True)
        told = f"{step.summary}\narguments {arguments}{_recorded(step)}"
        parts.append((f"Step {number}: {step.name}", visible(told)))
        for name, script in scripts.items():
            if script is not None:
                parts.append((f"Step {number}, {name}", _exact(f"{_bounds_of(script)}\n{script.text}")))
    for check in (*plan.preconditions, *plan.checks):
        given = json.dumps(check.model_dump(mode="json")["arguments"], sort_keys=True)
        text = f"{_bounds_of(check.script)}\n# arguments {given}\n{check.script.text}"
        parts.append((f"Check: {check.claim}"[:140], _exact(text)))
    return parts


def _bounds_of(script: Script) -> str:
    """Return in what a script is written, what it reaches and how long it may take."""
    uses = ", ".join(str(use) for use in script.targets) or "no target"
    return f"# {script.language.value}, {uses}, at most {script.timeout_seconds} s"


def _recorded(step: Step) -> str:
    """Return whose record the step puts back, where it takes back an earlier one."""
    if step.recorded is None:
        return ""
    whose = f"step {step.recorded.step} of order {step.recorded.order[:16]}"
    return f"\nputs back what {whose} recorded: {step.recorded.digest}"


def blast_words(blast: BlastRadius) -> str:
    """Return who is touched, in words."""
    if not blast.size:
        return "nothing else depends on it"
    direct = ", ".join(blast.direct[:_NAMES_SHOWN])
    more = f" and {len(blast.direct) - _NAMES_SHOWN} more" if len(blast.direct) > _NAMES_SHOWN else ""
    through = ", ".join(blast.through_others[:_NAMES_SHOWN])
    return f"{direct or 'nobody directly'}{more}" + (f"; through them {through}" if through else "")


def _checks(plan: Plan) -> str:
    if not plan.checks and not plan.watch.seconds:
        return "each step's own, right after it"
    claims = "; ".join(check.claim for check in plan.checks) or "each step's own check"
    return f"{claims}; must hold for {plan.watch.seconds} s"


def _undo(plan: Plan) -> str:
    if plan.takes_back:
        return "when a step fails, what the earlier plan did is put in place again"
    without = [step.summary for step in plan.steps if step.undo is None]
    if not without:
        return "every step is undone in reverse, and each undo is checked"
    return f"cannot be undone: {', '.join(without)}"


def _parameters(plan: Plan) -> str:
    return ", ".join(f"{name} = {_short(_words(value))}" for name, value in plan.parameters.items())


def _read_out(value: object, kind: ParameterKind | None) -> str:
    """Return a suggested value as people say it; an approval shows it exactly, as it will be written."""
    if kind is ParameterKind.MOMENT:
        # A run may have a moment as its name: only what is one by its kind is reworded.
        with contextlib.suppress(ValueError, OverflowError):
            at = datetime.fromisoformat(str(value))
            if at.tzinfo is not None:
                return f"{at.astimezone(UTC):%d %b %Y %H:%M} UTC"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else _words(value)


def _words(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)


def _short(text: str) -> str:
    one = _on_one_line(text)
    return one if len(one) <= _VALUE else f"{one[:_VALUE]}…"


def _on_one_line(text: str) -> str:
    return text.replace("\n", "⏎")


def _exact(text: str) -> str:
    # Only what every interpreter takes for a line's end ends one here; what some do is written out.
    return "\n".join(visible(line) for line in text.split("\n"))

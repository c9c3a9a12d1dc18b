"""The card of an attempt, from its options to its proof; redrawn in place whenever it moves."""

from collections.abc import Sequence

from bot.cards.model import Action, ActionStyle, Card, Fact, Section, Tone
from bot.cards.text import literal, md, quote, told
from bot.presenters.plan_parts import (
    effect_section,
    option_sections,
    output_section,
    plan_facts,
    question_section,
    run_section,
    step_section,
)
from bot.presenters.script_parts import draft_actions, draft_sections
from bot.presenters.undo_parts import (
    Undoing,
    is_taken_back,
    undo_actions,
    undo_facts,
    undo_words,
)
from domain.remediation.fixes import Fix, FixState, Override, PlanVersion
from domain.remediation.run_reports import StepReport, StepState

STATE_WORDS: dict[FixState, tuple[str, Tone]] = {
    FixState.CHOOSING: ("Ways out", Tone.CALM),
    FixState.DRY_RUNNING: ("Dry run", Tone.CALM),
    FixState.IN_APPROVAL: ("Waits for approval", Tone.CALM),
    FixState.APPROVED: ("Approved", Tone.CALM),
    FixState.RUNNING: ("Running", Tone.WARNING),
    FixState.UNKNOWN: ("I don't know, decide", Tone.DANGER),
    FixState.VERIFIED: ("Verified", Tone.GOOD),
    FixState.ROLLED_BACK: ("Rolled back", Tone.WARNING),
    FixState.UNDO_FAILED: ("The undo failed", Tone.DANGER),
    FixState.STOPPED: ("Stopped", Tone.WARNING),
    FixState.REJECTED: ("Rejected", Tone.WARNING),
    FixState.EXPIRED: ("Expired", Tone.WARNING),
    FixState.WITHDRAWN: ("Withdrawn", Tone.CALM),
    FixState.FAILED: ("Not started", Tone.WARNING),
}
_TAKEN_BACK = ("Taken back", Tone.CALM)
_RAN = frozenset(
    {
        FixState.RUNNING,
        FixState.UNKNOWN,
        FixState.VERIFIED,
        FixState.ROLLED_BACK,
        FixState.UNDO_FAILED,
        FixState.STOPPED,
    }
)


def fix_card(
    fix: Fix,
    version: PlanVersion | None,
    steps: Sequence[StepReport],
    names: dict[str, str],
    owed: Override | None = None,
    waits_for: str = "",
    broken: Override | None = None,
    undoing: Undoing | None = None,
) -> Card:
    """Return the card as things stand.

    `names` are people's names by id, `owed` is an override without review, `waits_for` who has to agree,
    `broken` the override that it starts by, `undoing` the plans that it takes back or is taken back by.
    """
    undoing = undoing or Undoing()
    word, tone = _TAKEN_BACK if is_taken_back(fix) else STATE_WORDS[fix.state]
    about = fix.subject_name.partition("/")[2]
    title = f"{word}: {fix.title or about}"
    lead = " ".join(filter(None, (_lead(fix, version, steps), waits_for, undo_words(fix, undoing))))
    return Card(
        title=title,
        tone=tone,
        lead=lead,
        facts=(*_glass(broken, names), *undo_facts(undoing), *_facts(fix, version)),
        sections=_sections(fix, version, steps, names),
        progress=_progress(fix, version, steps),
        actions=_actions(fix, owed, undoing),
        footer=md(
            "plan `{id}` for {who}, about {about}",
            id=fix.id,
            who=names.get(fix.requested_by, fix.requested_by),
            about=about,
        ),
        plain=f"{title}. {literal(lead)} Plan {fix.id}, about {about}.",
        full_view=f"/plans/{fix.id}",
    )


def _lead(fix: Fix, version: PlanVersion | None, steps: Sequence[StepReport]) -> str:
    sentence = told(fix.sentence)
    match fix.state:
        case FixState.CHOOSING:
            kinds = ", ".join(kind.value.replace("_", " ") for kind in fix.trouble.types)
            subject = fix.subject_name.replace("/", " ")
            none = f"No runbook fits here; a written script can. {sentence}".strip()
            next_step = "Best first, pick one." if fix.options else none
            said = md("For {name} ({kinds}). {s}", name=subject, kinds=kinds, s=next_step)
            whose = "The diagnosis" if fix.incident else "The alert"
            return said + (f" {whose} filled in what it knows." if fix.trouble.facts else "")
        case FixState.DRY_RUNNING:
            return f"{sentence} The runner tries it with read-only credentials; nothing changes.".strip()
        case FixState.IN_APPROVAL:
            return "The card in the approvers' channel decides it. Nothing has been changed."
        case FixState.APPROVED:
            return sentence or "Recorded. It starts as soon as the runner takes it."
        case FixState.RUNNING:
            stopping = "Stopping. " if fix.stop_wished_by else ""
            return stopping + (sentence or _progress_words(version, steps))
        case FixState.UNKNOWN:
            return f"{sentence} Nothing happens until somebody decides."
    return sentence


def _progress_words(version: PlanVersion | None, steps: Sequence[StepReport]) -> str:
    if any(step.is_undo for step in steps):
        return "It is being undone, step by step."
    done = sum(step.state is StepState.DONE for step in steps)
    if version is not None and done == len(version.plan.steps):
        return f"Every step is done. Now the checks have to hold for {version.plan.watch.seconds} s."
    return "It runs in its sandbox, step by step."


def _glass(broken: Override | None, names: dict[str, str]) -> tuple[Fact, ...]:
    """Return who broke glass and why, and what the review said of it."""
    if broken is None:
        return ()
    who = names.get(broken.person, broken.person)
    told = [Fact(label="Glass broken", value=md("by {who}: {why}", who=who, why=broken.reason))]
    if broken.reviewed_by is not None:
        by = names.get(broken.reviewed_by, broken.reviewed_by)
        told.append(Fact(label="Review", value=md("by {who}: {said}", who=by, said=broken.review)))
    return tuple(told)


def _facts(fix: Fix, version: PlanVersion | None) -> tuple[Fact, ...]:
    if version is None:
        return ()
    ruled = md("the rule `{rule}`, without a person: low risk, from the catalogue", rule=fix.rule)
    approved = (Fact(label="Approved by", value=ruled),) if fix.rule else ()
    facts = plan_facts(version)
    return (*approved, *(facts[:2] if fix.state in _RAN else facts))


def _sections(
    fix: Fix, version: PlanVersion | None, steps: Sequence[StepReport], names: dict[str, str]
) -> tuple[Section, ...]:
    if fix.state is FixState.CHOOSING:
        return (*draft_sections(fix, names), *option_sections(fix.options))
    if version is None:
        return ()
    found: list[Section | None] = []
    if version.note:
        found.append(Section(heading=f"Version {version.revision}", text=quote(version.note)))
    if fix.state in _RAN:
        found += [run_section(version.plan, steps), output_section(steps)]
    else:
        found += [step_section(version.plan), effect_section(version)]
    found.append(question_section(fix, names))
    return tuple(section for section in found if section is not None)


def _progress(fix: Fix, version: PlanVersion | None, steps: Sequence[StepReport]) -> int | None:
    if fix.state is not FixState.RUNNING or version is None:
        return None
    done = sum(step.state is StepState.DONE and not step.is_undo for step in steps)
    # The watch after the last step is a part of the work: nothing is finished before it is proven.
    return 100 * done // (len(version.plan.steps) + 1)


def _actions(fix: Fix, owed: Override | None, undoing: Undoing) -> tuple[Action, ...]:
    subject = fix.subject
    everything = Action(verb="fix.everything", label="Show everything", subject=subject)
    withdraw = Action(
        verb="fix.withdraw",
        label="Withdraw",
        subject=subject,
        style=ActionStyle.DANGER,
        confirm="Take this plan back? Nothing will be changed.",
    )
    stop = Action(verb="fix.stop", label="Stop", subject=subject, style=ActionStyle.DANGER)
    change = Action(verb="fix.change", label="Change parameters", subject=subject)
    match fix.state:
        case FixState.CHOOSING:
            picks = tuple(
                Action(
                    verb="fix.pick",
                    label=f"{number} · {option.title}"[:70],
                    subject=subject,
                    arguments={"runbook": option.runbook} | ({"guess": "yes"} if option.is_guess else {}),
                    style=ActionStyle.PRIMARY if number == 1 else ActionStyle.PLAIN,
                )
                for number, option in enumerate(fix.options, start=1)
            )
            return (*picks, *draft_actions(fix), withdraw)
        case FixState.DRY_RUNNING:
            return (withdraw, *_review(owed))
        case FixState.IN_APPROVAL:
            answer = Action(verb="fix.answer", label="Answer the question", subject=subject)
            is_asked = any(question.answered_by is None for question in fix.questions)
            breaking = Action(
                verb="fix.break_glass", label="Break glass", subject=subject, style=ActionStyle.DANGER
            )
            asked = (answer,) if is_asked else ()
            changes = (change,) if fix.undoes is None else ()
            return (*asked, *changes, everything, withdraw, breaking, *_review(owed))
        case FixState.APPROVED:
            return (stop, everything)
        case FixState.RUNNING:
            return (everything,) if fix.stop_wished_by else (stop, everything)
        case FixState.UNKNOWN:
            return (*_words(fix), everything)
    again = Action(verb="fix.again", label=_again(fix), subject=subject)
    looks = (everything, *_review(owed)) if fix.revision else ()
    if fix.state is FixState.VERIFIED:
        return (*looks, *undo_actions(fix, undoing))
    return (again, *looks)


def _again(fix: Fix) -> str:
    """Return what is offered when trouble was not ended: what nobody tried yet is tried again."""
    return "Other ways out" if fix.state in _RAN and fix.undoes is None else "Try again"


def _words(fix: Fix) -> tuple[Action, ...]:
    about = {"step": str(fix.waiting_step or 0), "try": str(fix.waiting_try)}
    choices = (
        ("done", "It happened", ActionStyle.PLAIN, "Go on as if the step was done?"),
        ("absent", "It did not happen", ActionStyle.PLAIN, "Do the step again?"),
        ("roll_back", "Roll back", ActionStyle.DANGER, "Undo everything that was done?"),
    )
    return tuple(
        Action(
            verb="fix.word",
            label=label,
            subject=fix.subject,
            arguments={"word": word, **about},
            style=style,
            confirm=confirm,
        )
        for word, label, style, confirm in choices
    )


def _review(owed: Override | None) -> tuple[Action, ...]:
    if owed is None:
        return ()
    return (
        Action(
            verb="fix.review",
            label="Review the override",
            subject=f"plan/{owed.fix}",
            arguments={"override": owed.id},
            style=ActionStyle.PRIMARY,
        ),
    )

"""The part of a plan's card that shows a written script before anybody adopts it."""

from bot.cards.model import Action, ActionStyle, Section
from bot.cards.text import md, quote, visible
from domain.remediation.fixes import Fix
from domain.remediation.plans import Authorship
from domain.remediation.scripts import HOLDS_KEY, ScriptDraft
from domain.text.redaction import MASK, mask_shapes

_LINES_SHOWN = 40
_FINDINGS_SHOWN = 12


def draft_sections(fix: Fix, names: dict[str, str]) -> tuple[Section, ...]:
    """Return who wrote it, what the rules say, and its text; nothing without a draft."""
    script = fix.draft
    if script is None:
        return ()
    who = names.get(script.by, script.by)
    model = script.author is Authorship.MODEL
    writer = f"the model, asked by {who}: a guess" if model else who
    reach = ", ".join(script.targets) or "nothing"
    undo = "has an undo" if script.draft.undo else "**has no undo**"
    check = "has a check" if script.draft.check else "**has no check**"
    lines = [
        md("**{title}**, {lang}, by {writer}.", title=script.draft.title,
           lang=script.draft.language.value, writer=writer),
        f"It may reach {quote(reach)}, {undo}, {check}. Adopted, it is of high risk and never automatic.",
        *_finding_lines(script),
    ]  # fmt: skip
    return (Section(heading="A written script", text="\n".join(lines)), *_texts(script))


def draft_actions(fix: Fix) -> tuple[Action, ...]:
    """Return the buttons for a script: write or change it, read it, adopt it unless the rules refuse it."""
    script = fix.draft
    if script is None:
        return (Action(verb="fix.script", label="Draft a script", subject=fix.subject),)
    buttons = [
        Action(verb="fix.script", label="Change the script", subject=fix.subject),
        Action(verb="fix.everything", label="Show the script", subject=fix.subject),
    ]
    if not script.is_refused:
        adopt = Action(
            verb="fix.adopt",
            label="Adopt the script",
            subject=fix.subject,
            subject_hash=script.digest,
            style=ActionStyle.PRIMARY,
            confirm="Make this script your plan? You ask for it then, and can't approve it.",
        )
        buttons.append(adopt)
    return tuple(buttons)


def script_texts(script: ScriptDraft) -> list[tuple[str, str]]:
    """Return every text of a draft under its heading, with hidden characters written out.

    What looks like a secret is left out: nothing that holds one is ever adopted, and many read along.
    """
    parts = [(part, without_secrets(script, part)) for part in ("script", "undo", "check")]
    return [
        (part.capitalize(), "\n".join(visible(line) for line in text.split("\n")))
        for part, text in parts
        if text
    ]


def without_secrets(script: ScriptDraft, part: str) -> str:
    """Return the part `script`, `undo` or `check` of a draft without what looks like a secret."""
    draft = script.draft
    text = {"script": draft.script, "undo": draft.undo, "check": draft.check}[part]
    held = {one.line for one in script.findings if one.part == part and one.rule == HOLDS_KEY}
    if not held:
        return text
    lines = text.split("\n")
    for number in held & set(range(1, len(lines) + 1)):
        if mask_shapes(lines[number - 1]) == lines[number - 1]:
            lines[number - 1] = MASK  # the rule knows more than shapes tell, but not where on its line
    # As a whole: a private key goes on for lines that no rule names.
    return mask_shapes("\n".join(lines))


def _finding_lines(script: ScriptDraft) -> list[str]:
    if not script.findings:
        return ["The rules found nothing. That is no proof: read it."]
    lines = [
        f"{'✕' if one.is_refusal else '!'} {one.part}, line {one.line}: {quote(one.say)}"
        for one in script.findings[:_FINDINGS_SHOWN]
    ]
    more = len(script.findings) - len(lines)
    lines += [f"… and {more} more"] if more > 0 else []
    if script.is_refused:
        lines.append("**The rules refuse it.** Change what is marked with ✕.")
    return lines


def _texts(script: ScriptDraft) -> tuple[Section, ...]:
    shown = []
    for heading, text in script_texts(script):
        lines = text.split("\n")
        cut = lines[:_LINES_SHOWN] + (["… press Show the script"] if len(lines) > _LINES_SHOWN else [])
        shown.append(Section(heading=heading, text="\n".join(cut), is_code=True))
    return tuple(shown)

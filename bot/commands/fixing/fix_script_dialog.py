"""The dialog of a written script: what it is for, its text, what it may reach."""

from bot.cards.model import Action, ActionStyle, Choice, Dialog, Input, InputKind, Reply
from bot.commands.fixing.fix import fix_of, fix_tools
from bot.presenters.script_parts import without_secrets
from bot.turn import Turn
from domain.errors import NotNow
from domain.identity.access import Act
from domain.remediation.fixes import CHANGEABLE, Fix
from domain.remediation.plans import Access, Language
from domain.remediation.scripts import ScriptDraft
from domain.remediation.target_names import parse_target

NOTHING = "-"
_MOST_CHOICES = 50
_LANGUAGES = {Language.BASH: "Bash", Language.PYTHON: "Python", Language.ANSIBLE: "Ansible"}


def open_script(turn: Turn) -> Reply:
    """Open the dialog, filled with the script that is there."""
    turn.require(Act.ASK)
    fix = fix_of(turn)
    if fix.state not in CHANGEABLE:
        raise NotNow(f"{fix.id} is {fix.state}", say="This plan can't be changed any more.")
    tools = fix_tools(turn)
    model = "Leave the script empty to have it drafted by the model. " if tools.has_model else ""
    return Reply(
        dialog=Dialog(
            title="A script of your own",
            intro=f"{model}Rules review it, then somebody adopts it, and it goes the way of every plan.",
            inputs=_inputs(turn, fix, has_model=tools.has_model),
            submit=Action(
                verb="fix.script_take",
                label="Review it",
                subject=fix.subject,
                arguments={"draft": fix.draft.digest if fix.draft else ""},
                style=ActionStyle.PRIMARY,
            ),
        )
    )


def _inputs(turn: Turn, fix: Fix, *, has_model: bool) -> tuple[Input, ...]:
    script = fix.draft
    draft = script.draft if script else None
    languages = tuple(Choice(value=one.value, label=label) for one, label in _LANGUAGES.items())
    targets = [
        target.name
        for target in fix_tools(turn).inventory(turn.uow).targets
        if target.environment == fix.trouble.environment
    ][:_MOST_CHOICES]
    choices = (Choice(value=NOTHING, label="nothing"), *(Choice(value=t, label=t) for t in targets))

    def area(name: str, label: str, value: str, *, is_required: bool = False) -> Input:
        kind = InputKind.LONG_TEXT
        return Input(name=name, kind=kind, label=label, value=value, is_required=is_required)

    def text(part: str) -> str:
        if script is None:
            return ""
        # Whoever wrote a secret into it sees it to take it out; nobody else gets to know it here.
        is_own = turn.person is not None and turn.person.id == script.by
        return str(getattr(script.draft, part)) if is_own else without_secrets(script, part)

    def target(name: str, label: str, access: Access) -> Input:
        value = _granted(script, access)
        return Input(name=name, kind=InputKind.CHOICE, label=label, value=value, choices=choices)

    return (
        Input(name="title", label="What it does, in a line", value=draft.title if draft else "",
              is_required=True),
        Input(name="language", kind=InputKind.CHOICE, label="Language", choices=languages,
              value=(draft.language if draft else Language.BASH).value, is_required=True),
        area("script", "Script", text("script"), is_required=not has_model),
        area("undo", "Undo: puts back what it changed", text("undo")),
        area("check", "Check: exits with 0 when it helped", text("check")),
        target("change", "It may change", Access.WRITE),
        target("read", "It may read", Access.READ),
        Input(name="preview", kind=InputKind.TOGGLE, label="Dry-run it",
              value="true" if script is None or script.is_previewable else "",
              hint="It changes things only through the kit, or is Ansible with check mode."),
    )  # fmt: skip


def _granted(script: ScriptDraft | None, access: Access) -> str:
    found = [parse_target(text) for text in script.targets] if script else []
    return next((name for name, one in found if one is access), NOTHING)

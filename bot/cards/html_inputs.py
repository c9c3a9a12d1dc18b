"""HTML questions, buttons and dialogs: native form controls with labels, proposed answers and hints."""

from html import escape

from bot.cards.exact import flat, line
from bot.cards.ink import Ink
from bot.cards.model import Action, ActionStyle, Dialog, Input, InputKind
from bot.cards.words import label_of, offered

_TYPES = {InputKind.NUMBER: 'type="number" step="any"', InputKind.DATE: 'type="date"'}


def button(action: Action, token: str) -> str:
    """Return one button; its page's script sends the token."""
    confirm = f' data-confirm="{escape(flat(action.confirm))}"' if action.confirm else ""
    label = escape(line(action.label) or action.verb)
    return (
        f'<button type="button" class="button button-{action.style.value}" '
        f'data-verb="{escape(action.verb)}" data-token="{escape(token)}"{confirm}>{label}</button>'
    )


def question(one: Input) -> str:
    """Return one labelled control with its proposed answer; errors go into the empty paragraph."""
    name = escape(one.name)
    hint = (
        f'<span class="input-hint" data-hint-for="{name}">{escape(line(one.hint))}</span>' if one.hint else ""
    )
    needed = " required" if one.is_required else ""
    star = ' <span class="input-needed">(needed)</span>' if one.is_required else ""
    label = f"{escape(label_of(one))}{star}"
    error = f'<p class="input-error" data-error-for="{name}" role="alert"></p>'
    if one.kind is InputKind.TOGGLE:
        checked = " checked" if one.value == "true" else ""
        control = f'<input type="checkbox" name="{name}" value="true"{checked}> {label}'
        return f'<div class="input"><label>{control}{hint}</label>{error}</div>'
    return f'<div class="input"><label>{label}{_control(one, name, needed)}{hint}</label>{error}</div>'


def _control(one: Input, name: str, needed: str) -> str:
    value = escape(one.value)
    choices = offered(one)
    if one.kind is InputKind.CHOICE and choices:
        blank = "" if one.is_required and one.value else '<option value=""></option>'
        options = "".join(
            f'<option value="{escape(choice.value)}"{" selected" if choice.value == one.value else ""}>'
            f"{escape(line(choice.label) or choice.value)}</option>"
            for choice in choices
        )
        return f'<select name="{name}"{needed}>{blank}{options}</select>'
    if one.kind is InputKind.LONG_TEXT:
        # A browser drops the first line end after the tag.
        return f'<textarea name="{name}" rows="4"{needed}>\n{value}</textarea>'
    kind = _TYPES.get(one.kind, 'type="text"')
    return f'<input {kind} name="{name}" value="{value}"{needed}>'


def render_dialog(dialog: Dialog, ink: Ink) -> str:
    """Return the questions as a `<form>`; its script sends the answers with the token."""
    token = ink.token(dialog.submit, "", is_shown_whole=True)
    intro = f'<p class="dialog-intro">{escape(flat(dialog.intro))}</p>' if dialog.intro else ""
    questions = "".join(map(question, dialog.inputs))
    label = escape(line(dialog.submit.label) or "Send")
    # The one way on is always marked; as dangerous where it is.
    style = "danger" if dialog.submit.style is ActionStyle.DANGER else "primary"
    return (
        f'<form class="dialog" method="dialog" data-verb="{escape(dialog.submit.verb)}" '
        f'data-token="{escape(token)}">'
        f'<h2 class="dialog-title">{escape(line(dialog.title))}</h2>{intro}{questions}'
        f'<div class="dialog-actions"><button type="submit" class="button button-{style}">{label}</button>'
        '<button type="button" class="button button-plain" data-close>Cancel</button></div></form>'
    )

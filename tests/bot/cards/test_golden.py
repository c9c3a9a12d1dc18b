"""Golden files: how representative cards read on every platform. `UPDATE_GOLDEN=1` writes them anew."""

import json
import os
from pathlib import Path

import pytest

from bot.cards import adaptive, blockkit, html, plain
from bot.cards.adaptive_inputs import render_dialog as adaptive_dialog
from bot.cards.blockkit_inputs import render_dialog as slack_dialog
from bot.cards.html_inputs import render_dialog as html_dialog
from tests.bot.cards.builders import a_dialog, a_fixed_ink, representative

_FOLDER = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", representative())
def test_a_card_reads_as_it_did(name: str) -> None:
    card, ink = representative()[name], a_fixed_ink()

    message = blockkit.render_message(card, ink)

    same(f"{name}.slack.json", _json({"text": message.text, "blocks": message.blocks}))
    same(f"{name}.teams.json", _json(adaptive.render_message(card, ink).card))
    same(f"{name}.html", html.render_message(card, ink).fragment.replace("><", ">\n<"))
    same(f"{name}.txt", plain.render_message(card, ink).text)


def test_a_dialog_reads_as_it_did() -> None:
    dialog, ink = a_dialog(), a_fixed_ink()

    same("dialog.slack.json", _json(slack_dialog(dialog, ink, "17.1")))
    same("dialog.teams.json", _json(adaptive_dialog(dialog, ink)))
    same("dialog.html", html_dialog(dialog, ink).replace("><", ">\n<"))


def same(name: str, drawn: str) -> None:
    """Fail when a drawing differs from its golden file."""
    path = _FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn + "\n"


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)

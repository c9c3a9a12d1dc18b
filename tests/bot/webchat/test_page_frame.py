"""Refusals as pages: what is to be typed stands out, and text from outside stays text."""

import pytest

from bot.adapters.webchat.page_frame import refused
from domain.errors import DogwatchError, NotAllowed, NotFound, OutsideTrouble


@pytest.mark.parametrize(
    ("error", "title", "status"),
    [
        (NotAllowed("x", say="Only engineers may."), "Not yours to see", 403),
        (NotFound("x", say="It is gone."), "Not found", 404),
        (OutsideTrouble("x", say="It is away."), "Not now", 503),
    ],
)
def test_each_refusal_has_its_heading_and_status(error: DogwatchError, title: str, status: int) -> None:
    answer = refused(error)

    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in bytes(answer.body).decode()


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("Say `incidents`.", "Say <code>incidents</code>."),
        ("`a` or `b`", "<code>a</code> or <code>b</code>"),
        ("a lone ` stays", "a lone ` stays"),
        ("`<b>` & <i>", "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"),
        ("plain", "plain"),
    ],
)
def test_only_what_stands_between_two_backticks_is_code(said: str, drawn: str) -> None:
    assert f"<p>{drawn}</p>" in bytes(refused(NotFound("x", say=said)).body).decode()

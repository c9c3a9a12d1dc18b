"""Messages that people edit in Teams, and those that say nothing but our name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.adapters.teams_incoming import edited_message_of, says_only_our_name
from tests.bot.teams.parts import an_activity
from tests.counterparts.teams import ALICE, TENANT

WRITTEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT_US = {"type": "mention", "mentioned": {"id": "28:bot"}, "text": "<at>Dogwatch</at>"}
CHANNEL = {"id": "19:ops", "conversationType": "channel", "tenantId": TENANT}


def an_edit(**changes: Any) -> dict[str, Any]:
    told = {"channelData": {"tenant": {"id": TENANT}, "eventType": "editMessage"}, "type": "messageUpdate"}
    return an_activity(**{"id": f"{WRITTEN.timestamp() * 1000:.0f}"} | told | changes)


def test_an_edit_soon_after_is_the_act_that_the_message_was() -> None:
    act = edited_message_of(an_edit(text="waiting"), ALICE, WRITTEN + timedelta(minutes=5))

    assert act is not None
    assert (act.text, act.addressed) == ("waiting", True)


@pytest.mark.parametrize(
    "activity",
    [
        an_edit(id="f:1"),
        an_edit(channelData={"eventType": "undeleteMessage"}),
        an_edit(conversation=CHANNEL, text="lunch?"),
        an_edit(text=""),
    ],
)
def test_other_changes_of_messages_are_none(activity: dict[str, Any]) -> None:
    assert edited_message_of(activity, ALICE, WRITTEN + timedelta(minutes=5)) is None


def test_an_order_of_long_ago_that_somebody_edits_is_no_new_one() -> None:
    assert edited_message_of(an_edit(text="freeze"), ALICE, WRITTEN + timedelta(hours=2)) is None


@pytest.mark.parametrize(
    ("text", "attachments", "is_bare"),
    [
        ("<at>Dogwatch</at>", [{"contentType": "text/html", "content": "<p></p>"}], True),
        ("<at>Dogwatch</at> feeds", [], False),
        ("<at>Dogwatch</at>", [{"contentType": "image/png"}], False),
        ("", [], False),
    ],
)
def test_a_mention_alone_is_told_from_a_picture(
    text: str, attachments: list[dict[str, str]], is_bare: bool
) -> None:
    entities = [AT_US] if text else []
    activity = an_activity(
        text=text,
        entities=entities,
        attachments=attachments,
        recipient={"id": "28:bot"},
        conversation=CHANNEL,
    )

    assert says_only_our_name(activity) is is_bare

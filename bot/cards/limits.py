"""What each platform takes, as data; renderers shorten to it.

Sources: Slack's Block Kit reference and `msg_blocks_too_long`, which falls near 13,000 characters in all;
Teams' documentation of message size (about 28 kB, envelope included) and of the Adaptive Card schema 1.5.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SlackLimits:
    """Characters (UTF-16 units) and counts."""

    message_blocks: int = 50
    view_blocks: int = 100
    message_text: int = 12_000
    notification: int = 3_000
    notification_bytes: int = 3_900
    """`chat.update` takes 4,000, and counts bytes: a third as many letters of some scripts."""
    header: int = 150
    section: int = 3_000
    field: int = 2_000
    fields: int = 10
    context_elements: int = 10
    action_elements: int = 25
    button_label: int = 75
    action_id: int = 255
    block_id: int = 255
    confirm_title: int = 100
    confirm_text: int = 300
    input_value: int = 3_000
    option_label: int = 75
    options: int = 100
    option_groups: int = 100
    modal_title: int = 24
    modal_button: int = 24
    private_metadata: int = 3_000
    alternative: int = 2_000
    url: int = 3_000


@dataclass(frozen=True)
class AdaptiveLimits:
    """Bytes of the card as JSON with ASCII escapes, the widest form that a sender may choose; and counts."""

    card_bytes: int = 26_500
    """28 kB less the message around the card."""
    title: int = 300
    label: int = 60
    value: int = 2_000
    table_columns: int = 8
    table_rows: int = 40
    code_lines: int = 120
    links: int = 10
    url: int = 1_000


@dataclass(frozen=True)
class PlainLimits:
    """Characters of a message without layout, such as mail, a terminal or an SMS gateway that splits."""

    text: int = 20_000


@dataclass(frozen=True)
class HtmlLimits:
    """Characters of one text, and counts, so that one card cannot make a page unusable."""

    text: int = 20_000
    table_rows: int = 500
    facts: int = 100
    sections: int = 50
    links: int = 50


SLACK = SlackLimits()
ADAPTIVE = AdaptiveLimits()
PLAIN = PlainLimits()
HTML = HtmlLimits()

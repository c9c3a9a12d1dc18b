"""Cards that grow are edited as often as each platform allows, however many of them stand there."""

import pytest

from domain.identity.chat import Platform
from domain.telling.postings import seconds_between_edits


@pytest.mark.parametrize(
    ("cards", "seconds"),
    [
        ([Platform.WEB], 0.2),
        ([Platform.SLACK], 1.2),
        ([Platform.WEB, Platform.TEAMS], 1.2),
        ([Platform.SLACK, Platform.SLACK, Platform.WEB], 2.4),
        ([], 1.2),
    ],
)
def test_the_slowest_platform_and_the_number_of_its_cards_set_the_pace(
    cards: list[Platform], seconds: float
) -> None:
    assert seconds_between_edits(cards) == seconds

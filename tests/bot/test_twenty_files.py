"""Twenty files of as many kinds become agreed feeds, and one comes back; all but the story server is real.

With `DOGWATCH_SAMPLE_FILES=DIR` the same walk is taken with files from below that folder.
"""

from pathlib import Path

from bot.cards.text import literal
from domain.configuration.changes import ChangeState
from tests.bot.feed_story import FeedStory, button
from tests.journeys.sample_files import MOST, sample_files


def test_twenty_files_of_many_kinds_are_merged_and_one_comes_back(tmp_path: Path) -> None:
    story = FeedStory(tmp_path)
    outcome: dict[str, str] = {}
    last = None

    for number, (name, body) in enumerate(sample_files(), 1):
        change = story.drop((name, body))
        if change.state is not ChangeState.ASKING:
            outcome[name] = f"{change.state.value}: {change.sentence}"
            continue
        change = story.answer(change, feed_name=f"feed_{number}", owning_team="data", where_to_tell="#feeds")
        while change.state is ChangeState.NEEDS_FIXING:
            story.press(button(story.card(change), "Fix"))
            change = story.walk(change)
        last = story.approve(change)
        outcome[f"{number} {name}"] = last.state.value

    assert list(outcome.values()) == ["merged"] * MOST, outcome
    assert len(story.reviews.list_feeds()) == MOST
    assert last is not None
    story.press(button(story.card(last), "Revert"))
    (undo,) = story.open_ones()
    story.approve(story.walk(undo))
    assert len(story.reviews.list_feeds()) == MOST - 1
    assert "Merged" in literal(story.card(undo).title)

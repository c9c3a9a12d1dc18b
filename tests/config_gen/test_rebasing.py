"""Two people change one feed: what does not touch is put together, what does is asked."""

from config_gen.rebasing import Side, rebased
from domain.configuration.feed_config import FeedConfig
from tests.config_gen.builders import a_config


def _with(**column: object) -> FeedConfig:
    agreed = a_config()
    return agreed.model_copy(
        update={
            "columns": tuple(
                each.model_copy(update=column) if each.name == "amount" else each for each in agreed.columns
            )
        }
    )


def test_changes_of_different_places_are_put_together() -> None:
    mine = _with(description="What was paid")
    theirs = a_config(title="Trades of the desk", revision=2)

    merged, conflicts = rebased(a_config(), mine, theirs)

    assert conflicts == []
    assert merged is not None
    assert merged.title == "Trades of the desk"
    assert merged.columns[1].description == "What was paid"
    assert merged.revision == 3


def test_the_same_change_by_both_is_no_conflict() -> None:
    mine = _with(unit="EUR")

    merged, conflicts = rebased(a_config(), mine, mine.model_copy(update={"revision": 2}))

    assert conflicts == []
    assert merged is not None


def test_a_place_that_both_changed_is_asked_and_then_decided() -> None:
    mine, theirs = _with(unit="EUR"), _with(unit="USD")

    undecided, conflicts = rebased(a_config(), mine, theirs)
    for side, unit in ((Side.MINE, "EUR"), (Side.THEIRS, "USD")):
        decided, _ = rebased(a_config(), mine, theirs, side)
        assert decided is not None
        assert decided.columns[1].unit == unit

    assert undecided is None
    assert conflicts == ["columns/amount/unit"]


def test_rules_that_both_added_are_kept() -> None:
    agreed = a_config()
    rules = agreed.quality.rules

    def more(name: str) -> FeedConfig:
        rule = rules[1].model_copy(update={"id": name})
        return agreed.model_copy(
            update={"quality": agreed.quality.model_copy(update={"rules": (*rules, rule)})}
        )

    merged, conflicts = rebased(agreed, more("mine_rows"), more("their_rows"))

    assert conflicts == []
    assert merged is not None
    assert [rule.id for rule in merged.quality.rules][-2:] == ["mine_rows", "their_rows"]

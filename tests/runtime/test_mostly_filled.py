"""What the sample had filled is missed in the next file already, also where a row may come without it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config_gen.assembly import assemble
from config_gen.evolution import in_step
from config_gen.profile import profile
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Check
from domain.configuration.onboarding import OnboardingAnswers
from domain.ids import feed_name
from domain.watch.feed_health import QualityPoint
from runtime.wiring.comparing.delivery_scoring import ScoreAsked, score_of

_FEED = feed_name("orders")


def _csv(filled: int, rows: int = 60, note_filled: int = 9) -> bytes:
    """Return a file whose last columns may be empty: `filled` rows have the first of them."""
    lines = "".join(
        f"A{n},{n % 9 + 1}.5,2026-03-{n % 9 + 10},{'x1' if n < filled else ''},{n % 7},"
        f"{'ok' if n < note_filled else ''}\n"
        for n in range(rows)
    )
    return f"id,amount,day,batch_label,weight,note\n{lines}".encode()


def _config() -> FeedConfig:
    return assemble(profile(_csv(60), "orders.csv"), OnboardingAnswers(feed=_FEED, owner_team="shop"))


def _score(folder: Path, content: bytes) -> QualityPoint:
    path = folder / "orders.csv"
    path.write_bytes(content)
    now = datetime(2026, 3, 20, tzinfo=UTC)
    return score_of(ScoreAsked(feed=_FEED, path=path, name="orders.csv", now=now, config=_config()))


def test_a_column_that_comes_mostly_empty_is_told_in_the_second_file(tmp_path: Path) -> None:
    point = _score(tmp_path, _csv(6))

    assert [one for one in point.findings if one.startswith("completeness: mostly_filled of batch_label")]
    assert point.overall < 99


@pytest.mark.parametrize(("filled", "note_filled"), [(60, 9), (45, 9), (31, 0), (60, 60)])
def test_some_rows_without_a_value_are_no_news(tmp_path: Path, filled: int, note_filled: int) -> None:
    point = _score(tmp_path, _csv(filled, note_filled=note_filled))

    assert not [one for one in point.findings if "mostly_filled" in one]


def test_a_file_of_one_row_may_lack_a_value(tmp_path: Path) -> None:
    point = _score(tmp_path, _csv(0, rows=1, note_filled=0))

    assert not [one for one in point.findings if "mostly_filled" in one]


def test_a_column_that_comes_no_more_is_not_demanded() -> None:
    config = _config()
    rule = next(rule for rule in config.quality.rules if rule.check is Check.COMPLETENESS)
    after = [
        column.model_copy(update={"deprecated": column.name == "batch_label"}) for column in config.columns
    ]

    (kept,) = in_step((rule,), config.columns, after)

    assert "batch_label" in rule.columns
    assert kept.columns == tuple(name for name in rule.columns if name != "batch_label")

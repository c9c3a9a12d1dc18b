"""A delivery whose days lie where no earlier one had any is told; days that move on are not."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config_gen.assembly import assemble
from config_gen.profile import profile
from domain.configuration.onboarding import OnboardingAnswers
from domain.ids import feed_name
from domain.watch.feed_health import QualityPoint
from runtime.wiring.comparing.delivery_scoring import ScoreAsked, score_of

_FEED = feed_name("trades")
_NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _file(folder: Path, name: str, days: Sequence[date], form: str) -> Path:
    rows = "".join(f"{name}{n},{n * 7 % 90}.5,{day.strftime(form)}\n" for n, day in enumerate(days))
    path = folder / f"{name}.csv"
    path.write_text(f"trade,amount,value_day\n{rows}")
    return path


def _month(year: int, month: int, rows: int = 60) -> list[date]:
    return [date(year, month, 1) + timedelta(days=n % 27) for n in range(rows)]


def _score(folder: Path, earlier: Sequence[Sequence[date]], now: Sequence[date], form: str) -> QualityPoint:
    files = [_file(folder, f"e{n}", days, form) for n, days in enumerate(earlier)]
    config = assemble(profile(files[0], "t.csv"), OnboardingAnswers(feed=_FEED, owner_team="fx"))
    path = _file(folder, "now", now, form)
    known = tuple((file, file.name) for file in files)
    return score_of(ScoreAsked(feed=_FEED, path=path, name="now.csv", now=_NOW, config=config, earlier=known))


def _told(point: QualityPoint) -> list[str]:
    return [one for one in point.findings if "usual days" in one]


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%SZ"])
@pytest.mark.parametrize("year", [1970, 2062, 2024, 2569])
def test_days_of_another_year_are_told_and_hold_the_delivery_back(
    tmp_path: Path, form: str, year: int
) -> None:
    point = _score(tmp_path, [_month(2026, month) for month in (3, 4, 5)], _month(year, 6), form)

    assert _told(point)
    assert f"its middle day is {year}" in _told(point)[0]
    assert point.overall < 50


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        ([_month(2026, 3), _month(2026, 4), _month(2026, 5)], _month(2026, 6)),  # the next month
        ([_month(2024, 1), _month(2025, 1), _month(2026, 1)], _month(2027, 1)),  # the next year
        ([_month(2015, 1), _month(2021, 1), _month(2018, 1)], _month(2024, 1)),  # each of another contract
        ([_month(2026, 3), _month(2026, 4)], _month(1970, 1)),  # too little is known
        ([_month(2026, 3), _month(2026, 4), _month(2026, 5)], _month(1970, 1, rows=12)),  # so few rows
        (
            [_month(2026, month) + _month(2099, 12, rows=9) for month in (3, 4, 5)],
            _month(2026, 6) + _month(2099, 12, rows=90),  # what came as a placeholder before
        ),
        ([_month(2026, 3), _month(2026, 4), _month(2026, 5)], _month(2026, 6) + _month(1970, 1, rows=30)),
    ],
)
def test_days_that_move_on_are_no_news(tmp_path: Path, earlier: list[list[date]], now: list[date]) -> None:
    assert _told(_score(tmp_path, earlier, now, "%Y-%m-%d")) == []


def test_a_moment_at_the_end_of_the_calendar_is_a_day_too(tmp_path: Path) -> None:
    days = _month(2026, 3) + [date(9999, 12, 31)] * 30

    assert _told(_score(tmp_path, [days] * 3, days, "%Y-%m-%dT23:59:59-05:00")) == []

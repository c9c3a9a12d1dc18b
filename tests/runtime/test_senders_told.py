"""How good a sender's telemetry is stands on the page, in the doctor's findings and in the chat."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands.senders import senders_card
from domain.errors import OutsideTrouble
from domain.identity.people import Role
from domain.ports.telemetry_store import SourceHealth
from runtime.doctor import examination as doctor
from runtime.settings.house import Settings
from runtime.wiring.sender_health import LazySenders, telemetry_senders
from telemetry.columnar_store import ColumnarStore
from tests.bot.desk_house import FixedClock
from tests.telemetry.bodies import log_request, now_ns
from tests.telemetry.test_store import frame, store, window
from tests.web.house import WebHouse

SAYS = "1 of 2 records was refused"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return a house to which a collector sends records dated tomorrow, beside good ones."""
    tomorrow = log_request("pay", "x", at_ns=now_ns() + 86_400 * 10**9)
    bodies = (tomorrow, log_request("pay", "disk full"))
    frames = [frame(body.SerializeToString(), source="collector") for body in bodies]
    store(tmp_path / "telemetry", *frames, frame(log_request("web", "x").SerializeToString(), source="good"))
    return Settings(data_dir=tmp_path)


def test_the_doctor_names_senders_whose_telemetry_is_doubtful(settings: Settings) -> None:
    (finding,) = [one for one in doctor.examine(settings) if one.part == "senders of telemetry"]

    assert not finding.is_fine
    assert f"collector (otlp-logs) 70 of 100: {SAYS}" in finding.says
    assert "good" not in finding.says


def test_the_chat_lists_senders_worst_first(settings: Settings) -> None:
    now = datetime.now(UTC)

    card = senders_card(LazySenders(settings).health(now - timedelta(hours=1), now))

    assert [section.heading.partition(",")[0] for section in card.sections] == ["collector", "good"]
    assert SAYS in card.sections[0].text
    assert "counts less in a diagnosis" in card.lead


def test_a_window_comes_with_what_counts_less_in_it(settings: Settings) -> None:
    answer = ColumnarStore(settings.data_dir / "telemetry").fetch(window(60))

    (doubt,) = answer.doubts
    assert (doubt.service, doubt.kind, doubt.sender, doubt.weight) == ("pay", "log", "collector", 0.5)
    assert SAYS in doubt.why


@dataclass(frozen=True)
class Away:
    """A telemetry store that can't be read."""

    def health(self, begin: datetime, end: datetime) -> tuple[SourceHealth, ...]:
        raise OutsideTrouble("gone", say="The telemetry store can't be read right now.")


@pytest.mark.parametrize("is_away", [False, True])
async def test_the_intake_page_shows_scores_and_what_lowers_them(
    settings: Settings, tmp_path: Path, is_away: bool
) -> None:
    senders = Away() if is_away else telemetry_senders(settings)
    house = WebHouse(tmp_path, clock=FixedClock(datetime.now(UTC)), senders=senders)
    erin = house.knows("erin", Role.ENGINEER)
    async with house.browser_of(erin) as browser:
        page = (await browser.get("/dashboard/intake")).text

    assert ("read right now" in page) is is_away
    sender = 'collector</td><td data-label="Format">otlp-logs</td>'
    assert (f'{sender}<td class="num" data-label="Score">70 of 100' in page) is not is_away
    assert (f"{SAYS} <strong>Counts less.</strong>" in page) is not is_away

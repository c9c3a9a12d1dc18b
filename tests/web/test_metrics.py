"""What Prometheus scrapes: in its format, and the same as people see."""

import re
from datetime import timedelta

import httpx
import pytest

from domain.identity.people import Role
from domain.identity.web_access import Scope, new_key
from domain.stories import StoryCall, StoryKind
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse
from web.api.metrics import Metric

_SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (\S+)')


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> WebHouse:
    found = WebHouse(tmp_path_factory.mktemp("metrics"))
    add_feeds(found, 20)
    return found


@pytest.fixture(scope="module")
def scraper(house: WebHouse) -> httpx.AsyncClient:
    erin = house.knows("erin", Role.ENGINEER)
    key, text = new_key("test", erin.id, frozenset({Scope.READ}), house.clock.now(), timedelta(days=1))
    with house.transactions.writing() as uow:
        uow.api_keys.save(key)
    client = house.browser()
    client.headers["authorization"] = f"Bearer {text}"
    return client


async def _samples(scraper: httpx.AsyncClient) -> dict[tuple[str, str], float]:
    answer = await scraper.get("/api/v1/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found: dict[tuple[str, str], float] = {}
    for line in answer.text.splitlines():
        if not line.startswith(("# HELP dogwatch_", "# TYPE dogwatch_")):
            sample = _SAMPLE.fullmatch(line)
            assert sample, line
            found[sample[1], sample[2] or ""] = float(sample[3])
    return found


async def test_lights_and_probabilities_are_those_that_people_see(
    house: WebHouse, scraper: httpx.AsyncClient
) -> None:
    samples = await _samples(scraper)

    feeds = (await scraper.get("/api/v1/feeds")).json()
    for light in ("red", "yellow", "green", "grey"):
        count = sum(feed["state"] == light for feed in feeds)
        assert samples["dogwatch_feeds", f'light="{light}"'] == count
    for feed in feeds:
        labels = f'feed="{feed["name"]}",team="{feed["team"]}"'
        assert samples["dogwatch_feed_trouble_probability", labels] == pytest.approx(feed["probability"])
        assert samples["dogwatch_feed_light", f'{labels},light="{feed["state"]}"'] == 1
    assert sum(v for (name, _), v in samples.items() if name == "dogwatch_alerts_open") == 1


async def test_what_waits_is_counted(scraper: httpx.AsyncClient) -> None:
    samples = await _samples(scraper)

    for name in ("incidents_open", "approvals_open", "oldest_approval_seconds", "story_calls_waiting"):
        assert samples[f"dogwatch_{name}", ""] == 0
    assert samples["dogwatch_runs_known", ""] > 0
    assert samples["dogwatch_last_report_seconds", ""] >= 0


def test_no_name_of_a_feed_breaks_out_of_its_label() -> None:
    metric = Metric("dogwatch_x", "X.", [({"feed": 'a"} 1\nb\\'}, 2.0)])

    assert list(metric.lines())[2] == 'dogwatch_x{feed="a\\"} 1\\nb\\\\"} 2'


async def test_calls_that_could_not_be_delivered_wait_also_until_they_are_tried_again(
    house: WebHouse, scraper: httpx.AsyncClient
) -> None:
    now = house.clock.now()
    with house.transactions.writing() as uow:
        for key in ("one", "two"):
            uow.stories.add(StoryCall(key=key, kind=StoryKind.INCIDENT, subject_id=key, at=now))
        waiting = uow.stories.due(now, 9)
        uow.stories.postpone("one", now + timedelta(seconds=2), "away")

    assert (await _samples(scraper))["dogwatch_story_calls_waiting", ""] == 2

    with house.transactions.writing() as uow:
        for call in waiting:
            uow.stories.delivered(call)


def test_large_numbers_are_told_to_the_last_digit() -> None:
    metric = Metric("dogwatch_x", "X.", [({}, 12_345_678), ({}, 0.12), ({}, 1_000_001.5)])

    assert list(metric.lines())[2:] == ["dogwatch_x 12345678", "dogwatch_x 0.12", "dogwatch_x 1000001.5"]

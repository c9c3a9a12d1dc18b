"""Moments in cards, for readers in other zones than UTC."""

import pytest

from tests.bot.webchat.world import World, a_card


def _said(world: World, zone: str, lead: str) -> str:
    world.post("data-feeds", a_card("Waits", lead=lead), f"{zone} {lead}")
    jo = world.screen("jo", zone=zone)
    said = jo.card(lead.partition(" until")[0]).locator(".card-lead").inner_text()
    jo.close()
    return said


@pytest.mark.parametrize(
    ("zone", "lead", "own"),
    [
        ("America/New_York", "Waits A until 02 Dec 2026 19:41 UTC.", "19:41 UTC (14:41 here)."),
        ("America/New_York", "Waits B until 02 Jul 2026 01:41 UTC.", "01:41 UTC (01 Jul, 21:41 here)."),
        ("Asia/Kolkata", "Waits C until 02 Dec 2026 19:41 UTC.", "19:41 UTC (03 Dec, 01:11 here)."),
        ("UTC", "Waits D until 02 Dec 2026 19:41 UTC.", "until 02 Dec 2026 19:41 UTC."),
        ("America/New_York", "Waits E until 02 Dec 2026 19:41 Europe/London.", "Europe/London (14:41 here)."),
        ("Europe/London", "Waits H until 02 Dec 2026 19:41 Europe/London.", "19:41 Europe/London."),
        ("Asia/Tokyo", "Waits I until 02 Dec 2026 19:41 Europe/London.", "London (03 Dec, 04:41 here)."),
        ("America/New_York", "Waits F until `02 Dec 2026 19:41 UTC`.", "until 02 Dec 2026 19:41 UTC."),
        ("America/New_York", "Waits G until 02 Dec 2026 19:41 Atlantis/West.", "19:41 Atlantis/West."),
        ("Asia/Kolkata", "Waits J until 19:41 UTC.", "19:41 UTC (01:11 here, a day later)."),
        ("America/New_York", "Waits K until 01:41 UTC.", "here, a day earlier)."),
    ],
)
def test_a_reader_elsewhere_sees_the_own_time_behind_a_moment(
    world: World, zone: str, lead: str, own: str
) -> None:
    said = _said(world, zone, lead)

    assert said.endswith(own)
    assert ("here" in own) == ("here" in said)

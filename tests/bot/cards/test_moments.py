"""The moments that a card tells, and the reader's own time beside them."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cards import adaptive, blockkit, html
from bot.cards.model import Card, Fact, Link, Section, Table
from bot.cards.moments import moments_in
from bot.cards.text import literal, md
from domain.running.feeds import Rhythm, Schedule
from domain.running.schedule_words import schedule_in_words
from tests.bot.cards.builders import NOW, a_fixed_ink, an_action, an_ink
from tests.bot.cards.slack_rules import texts
from tests.bot.cards.test_hostile_text import walk

pytestmark = pytest.mark.proves("D6")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]  # numbers of a date


@pytest.mark.parametrize(
    ("text", "at", "has_day"),
    [
        ("until 24 Nov 2026 06:30 UTC.", utc(2026, 11, 24, 6, 30), True),
        ("01 Mar 06:30 UTC: nothing came", utc(2026, 3, 1, 6, 30), True),
        ("late since 31 Dec 23:10 UTC", utc(2025, 12, 31, 23, 10), True),
        ("on 02 March at 06:30 UTC", utc(2026, 3, 2, 6, 30), True),
        ("expired on 02 March 2025 at 06:30 UTC", utc(2025, 3, 2, 6, 30), True),
        ("2026-03-02 07:00 Europe/Berlin", utc(2026, 3, 2, 6), True),
        ("its 06:30 Europe/London load", utc(2026, 3, 2, 6, 30), False),
        ("version 02 Decimal 06:30 UTC", utc(2026, 3, 2, 6, 30), False),
        ("at 23:30 Asia/Tokyo", utc(2026, 3, 2, 14, 30), False),
        ("25 Oct 01:30 BST Europe/London", utc(2025, 10, 25, 0, 30), True),
        ("26 Oct 2025 01:30 GMT Europe/London", utc(2025, 10, 26, 1, 30), True),
        ("26 Oct 2025 01:30 BST Europe/London", utc(2025, 10, 26, 0, 30), True),
        ("24 Feb 05:00 America/Argentina/Buenos_Aires", utc(2026, 2, 24, 8), True),
        ("29 Feb 2024 05:00 UTC", utc(2024, 2, 29, 5), True),
        ("Tue 24 Nov 2026 06:30 UTC - 40 rows", utc(2026, 11, 24, 6, 30), True),
        ("daily at 06:30 UTC", utc(2026, 3, 2, 6, 30), False),
        ("it was 06:30 UTC on node-3", utc(2026, 3, 2, 6, 30), False),
    ],
)
def test_a_moment_is_read_in_its_zone_and_nearest_to_now(text: str, at: datetime, has_day: bool) -> None:
    (told,) = moments_in(text, NOW)

    assert (told.at.astimezone(UTC), told.has_day) == (at, has_day)


@pytest.mark.parametrize(
    "text",
    [
        "24 Nov 06:30",
        "24 Nov 06:30 Atlantis/Capital",
        "24 Nov 06:30 ../../etc/passwd",
        "30 Feb 06:30 UTC",
        "01 Jan 0001 06:30 UTC",
        "24 Nov 25:30 UTC",
        "29 Mar 01:30 Europe/London",
        "06:30:15 UTC",
        "1.06:30 UTC",
        "24/11/2026 06:30 UTC",
        "Nov 24 06:30 UTC",
        "Monday 06:30 Europe/London",
        "Mondays 06:30 Europe/London",
        "24 Nov 02:00 to 03:00 Europe/London",
        "02:00 and 03:00 Europe/London",
        "06:30 UTC on 3 March",
        "06:30 UTC to 08:00 UTC"[:9] + " to 08:00",
        "24 Nov 06:30 UTC+2",
        "24 Nov 06:30 UTC-5",
        "24 Nov 06:30 UTC\u22123",
        "24 Nov 23:00 to 25 Nov 01:00 Europe/London",
        "24 Nov 23:00 UTC until 25 Nov 01:00 UTC",
        "02:00 - 03:00 UTC",
        "02:00 or 03:00 UTC",
        "06:30 UTC\u201308:30 UTC",
        "06:30 UTC - 08:30 UTC",
        "Monday to Friday at 23:30 Europe/London",
        "every Monday and Thursday at 23:30 Europe/London",
        "on the last day of each month at 06:30 Europe/London",
        "on day 3 of each month at 06:30 UTC",
        "Mon, 23:30 UTC",
        "3 July at 06:30 Europe/London",
        "2026-07-03, 06:30 Europe/London",
        "24 Nov 2026, 06:30 UTC",
        "yesterday at 06:30 UTC",
        "06:30 UTC tomorrow",
        "06:30 UTC every Monday",
        "26 Oct 2025 01:30 Europe/London",
        "port 10:20 UTCX",
        "x" * 50_000 + "24 Nov " * 5_000,
    ],
)
def test_what_would_mislead_is_no_moment(text: str) -> None:
    assert moments_in(text, NOW) == []


def a_card(**more: object) -> Card:
    return Card.model_validate({"title": "Until 02 Mar 08:00 UTC", "plain": "Until 02 Mar 08:00 UTC"} | more)


def test_slack_tells_the_reader_s_own_time_and_falls_back_to_the_very_words() -> None:
    card = a_card(lead=md("**{name}** waits until {at}.", name="fx_trades", at="02 Mar 08:00 UTC"),
                  facts=(Fact(label="Due", value="08:00 Europe/Berlin"),))  # fmt: skip

    message = blockkit.render_message(card, an_ink())

    drawn = [one["text"] for one in texts(message.blocks) if "<!date" in one["text"]]
    assert drawn == [
        "*fx_trades* waits until <!date^1772438400^02 Mar 08:00 UTC ({date_short_pretty} {time} your time)"
        "|02 Mar 08:00 UTC>.",
        "*Due*\n<!date^1772434800^08:00 Europe/Berlin ({time} your time)|08:00 Europe/Berlin>",
    ]
    assert message.blocks[0]["text"]["text"] == "Until 02 Mar 08:00 UTC"
    assert message.text == "Until 02 Mar 08:00 UTC"


def test_teams_tells_the_reader_s_own_time_behind_the_very_words() -> None:
    card = a_card(lead="Until 02 Mar 08:00 UTC, or 08:00 Europe/Berlin.")

    drawn = adaptive.render_message(card, an_ink()).card

    assert [run["text"] for run in drawn["body"][1]["inlines"]] == [
        "Until 02 Mar 08:00 UTC",
        " ({{DATE(2026-03-02T08:00:00Z, SHORT)}} {{TIME(2026-03-02T08:00:00Z)}} your time)",
        ", or 08:00 Europe/Berlin",
        " ({{TIME(2026-03-02T07:00:00Z)}} your time)",
        ".",
    ]
    assert "{{" not in drawn["speak"] + drawn["fallbackText"]


@pytest.mark.parametrize("rhythm", ["weekdays", "monthly", "month_end"])
def test_no_own_time_stands_beside_a_calendar_whose_day_may_be_another_there(rhythm: str) -> None:
    told = {
        "weekdays": Schedule(rhythm=Rhythm.DAILY, weekdays=frozenset({0, 3})),
        "monthly": Schedule(rhythm=Rhythm.MONTHLY, month_day=3),
        "month_end": Schedule(rhythm=Rhythm.MONTH_END),
    }[rhythm]
    late = replace(told, at_minute=1410, zone="Asia/Tokyo")

    assert "23:30 Asia/Tokyo" in schedule_in_words(late)
    assert moments_in(f"It runs {schedule_in_words(late)}.", NOW) == []


def test_the_web_marks_a_moment_with_when_it_is_and_escapes_what_stands_around_it() -> None:
    card = a_card(lead=md("<b> until {at} <i>", at="02 Mar 08:00 Europe/Berlin"))

    fragment = html.render_message(card, an_ink()).fragment

    marked = '<time datetime="2026-03-02T08:00:00+01:00">02 Mar 08:00 Europe/Berlin</time>'
    assert f"&lt;b&gt; until {marked} &lt;i&gt;" in fragment


def test_the_web_says_of_which_moments_the_day_is_a_guess() -> None:
    fragment = html.render_message(a_card(lead="daily at 08:00 UTC"), an_ink()).fragment

    assert '<time datetime="2026-03-02T08:00:00+00:00" class="hour">08:00 UTC</time>' in fragment


def test_what_is_quoted_exactly_stays_as_it_is() -> None:
    card = a_card(lead="`at 02 Mar 08:00 UTC`", sections=(Section(text="02 Mar 08:00 UTC", is_code=True),))

    drawn = json.dumps(
        [blockkit.render_message(card, an_ink()).blocks, adaptive.render_message(card, an_ink()).card]
    )

    assert "<!date" not in drawn
    assert "{{" not in drawn


@pytest.mark.parametrize("text", ["{{DATE(2020-01-01T00:00:00Z)}}", "{{{TIME(2020-01-01T00:00:00Z)}}}"])
def test_a_function_in_a_text_from_outside_reads_as_it_is_in_teams(text: str) -> None:
    quoted = md("{text} and `{text}`", text=text)
    card = Card(
        title=text,
        plain=text,
        lead=quoted,
        facts=(Fact(label=quoted, value=quoted),),
        sections=(
            Section(heading=quoted, text=quoted),
            Section(text=f"+ {text}", is_code=True, is_difference=True),
        ),
        table=Table(columns=(quoted,), rows=((quoted,),)),
        footer=quoted,
        links=(Link(label=text, target="https://example.org/x"), Link(label=text, target="odd:x")),
    )

    drawn = adaptive.render_message(card, an_ink()).card

    assert not [one for one in walk(drawn) if re.search(r"\{\{(DATE|TIME)\(", str(one.get("text", "")))]
    lines = ["".join(run["text"] for run in one["inlines"]) for one in walk(drawn) if "inlines" in one]
    assert text in lines
    assert literal(quoted) in lines
    assert f"+ {text}" in lines


@pytest.mark.parametrize("count", [1, 60, 90, 110, 200])
def test_own_times_cost_no_other_word_and_no_wholeness(count: int) -> None:
    words = "The load of feed number {n} is due by 02 Mar 08:00 America/New_York and nobody looks at it. "
    short = Section(text="x 02 Mar 08:00 UTC " * max(count - 40, 0))
    sections = [*(Section(text=words.format(n=n)) for n in range(min(count, 40))), short]
    card = a_card(sections=tuple(sections), actions=(an_action(),))

    slack, teams = blockkit.render_message(card, an_ink()), adaptive.render_message(card, an_ink())

    assert slack.is_shown_whole == blockkit.render_message(card, a_fixed_ink()).is_shown_whole
    assert teams.is_shown_whole == adaptive.render_message(card, a_fixed_ink()).is_shown_whole
    assert sum(len(one["text"]) for one in texts(slack.blocks)) <= blockkit.ROOM + 400
    assert len(json.dumps(teams.card)) < 28_000


def test_own_times_take_no_more_room_of_a_message_than_is_left() -> None:
    words = tuple(Section(text="word " * 590) for _ in range(3))
    card = a_card(sections=(*words, Section(text="w " * 750), Section(text="06:30 UTC, " * 45)))

    drawn = blockkit.render_message(card, an_ink())

    assert drawn.is_shown_whole
    assert sum(len(one["text"]) for one in texts(drawn.blocks)) <= blockkit.ROOM

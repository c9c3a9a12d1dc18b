import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.adapters.slack import SlackAdapter
from bot.adapters.slack_calls import SlackTrouble
from bot.adapters.slack_files import SlackFiles
from bot.adapters.slack_settings import SlackSettings
from bot.cards.model import Action, Card, Picture, Section
from bot.directly import direct_place
from domain.errors import BadInput
from domain.identity.chat import Account, FileRef, Place, Platform
from tests.bot.slack.desk import MINT, a_settings
from tests.bot.slack.web_api import WebApi, web_api
from tests.counterparts.slack import TEAM

OPS = Place(platform=Platform.SLACK, workspace=TEAM, channel="C01OPS")
HOME = Place(platform=Platform.SLACK, workspace=TEAM, channel="home-U1", is_private=True)
ALICE = Account(platform=Platform.SLACK, workspace=TEAM, user="U01ALICE")
CARD = Card(title="Waits", plain="Waits", actions=(Action(verb="approve", label="Approve"),))


@pytest.fixture
async def served() -> AsyncIterator[tuple[WebApi, SlackAdapter]]:
    async with web_api() as (api, base_url):
        adapter = SlackAdapter(a_settings(base_url), MINT)
        yield api, adapter
        await adapter.close()


async def test_a_post_whose_answer_was_lost_is_found_again_and_not_repeated(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, adapter = served
    api.loses_answers = True

    with pytest.raises(SlackTrouble) as trouble:
        await adapter.post(OPS, CARD, "k7")
    again = await adapter.post(OPS, CARD, "k7")

    assert trouble.value.is_outcome_unknown
    assert again.message == api.posted[0]["ts"]
    assert len(api.posted) == 1


@pytest.mark.parametrize("code", ["internal_error", "fatal_error"])
async def test_a_post_of_which_slack_itself_does_not_know_is_looked_for_before_it_is_repeated(
    served: tuple[WebApi, SlackAdapter], code: str
) -> None:
    api, adapter = served
    api.refusals["chat.postMessage"] = code
    api.does_it_all_the_same = True

    with pytest.raises(SlackTrouble):
        await adapter.post(OPS, CARD, "k7")
    again = await adapter.post(OPS, CARD, "k7")

    assert again.message == api.posted[0]["ts"]
    assert len(api.posted) == 1


async def test_a_post_of_an_earlier_process_is_found_at_the_end_of_a_long_thread(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, first = served
    api.page = 10
    place = OPS.model_copy(update={"thread": "17.1"})
    api.posted += [{"type": "message", "ts": f"18.{number}"} for number in range(35)]
    before = await first.post(place, CARD, "k7")
    second = SlackAdapter(first.settings, MINT)

    after = await second.post(place, CARD, "k7")
    await second.close()

    assert after == before


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive", "ekm_access_denied"])
async def test_a_token_that_slack_does_not_take_any_more_is_nothing_against_the_message(
    served: tuple[WebApi, SlackAdapter], code: str
) -> None:
    api, adapter = served
    api.refusals["chat.postMessage"] = code

    with pytest.raises(SlackTrouble) as refused:
        await adapter.post(OPS, CARD, "k7")
    api.refusals.clear()
    await adapter.post(OPS, CARD, "k7")

    assert refused.value.needs_person
    assert not refused.value.is_final
    assert len(api.posted) == 1


@pytest.mark.parametrize("thread", ["", "17.1"])
async def test_a_post_of_an_earlier_process_is_found_again(
    served: tuple[WebApi, SlackAdapter], thread: str
) -> None:
    api, first = served
    place = OPS.model_copy(update={"thread": thread})
    before = await first.post(place, CARD, "k7")
    second = SlackAdapter(first.settings, MINT)

    after = await second.post(place, CARD, "k7")
    other = await second.post(place, CARD, "k8")
    await second.close()

    assert before == after
    assert other != before
    assert len(api.posted) == 2


async def test_a_channel_that_hides_its_history_is_posted_to_all_the_same(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, adapter = served
    api.refusals["conversations.history"] = "missing_scope"

    await adapter.post(OPS, CARD, "k1")

    assert len(api.posted) == 1


async def test_a_card_whose_picture_slack_can_not_fetch_stands_there_in_words() -> None:
    drawn = CARD.model_copy(
        update={"picture": Picture(path="/pictures/a.png", alternative="Two runs failed")}
    )
    async with web_api() as (api, base_url):
        adapter = SlackAdapter(a_settings(base_url, public_url="https://dogwatch.internal"), MINT)
        api.fetches_pictures = False

        message = await adapter.post(OPS, drawn, "k1")
        await adapter.update(message, drawn)
        await adapter.whisper(OPS, ALICE, drawn)
        await adapter.close()

    assert len(api.posted) == 1
    assert [method for method, _ in api.calls if method.startswith("chat.")] == [
        "chat.postMessage",
        "chat.postMessage",
        "chat.update",
        "chat.postEphemeral",
    ]
    assert "Picture: Two runs failed" in json.dumps(api.of("chat.update")[-1]["blocks"])


async def test_a_card_that_slack_finds_too_long_stands_there_shorter_and_says_so(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, adapter = served
    api.most_text = 9_000
    long = CARD.model_copy(update={"sections": tuple(Section(text="word " * 500) for _ in range(5))})

    await adapter.post(OPS, long, "k1")

    assert len(api.posted) == 1
    blocks = api.of("chat.postMessage")[-1]["blocks"]
    drawn = json.loads(blocks) if isinstance(blocks, str) else blocks
    signed = MINT.read(drawn[-1]["elements"][0]["value"], OPS)
    assert (signed.verb, signed.is_shown_whole) == ("approve", False)


@pytest.mark.parametrize("sign", ["x", "\u0436", "\u4e2d", "\U0001f525", "&"])
async def test_the_words_beside_a_card_stay_within_the_bytes_that_an_update_takes(
    served: tuple[WebApi, SlackAdapter], sign: str
) -> None:
    api, adapter = served
    long = CARD.model_copy(update={"plain": sign * 5_000})

    await adapter.update(await adapter.post(OPS, long, "k1"), long)

    assert 900 < len(api.of("chat.update")[0]["text"].encode()) <= 3_900


async def test_a_whisper_reaches_a_person_directly_where_the_bot_is_no_member(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, adapter = served
    api.refusals["chat.postEphemeral"] = "not_in_channel"

    await adapter.whisper(OPS, ALICE, CARD)

    call = api.of("chat.postMessage")[0]
    assert call["channel"] == "DU01ALICE"
    direct = OPS.model_copy(update={"channel": "DU01ALICE"})
    blocks = json.loads(call["blocks"]) if isinstance(call["blocks"], str) else call["blocks"]
    assert MINT.read(blocks[-1]["elements"][0]["value"], direct).verb == "approve"


async def test_a_card_for_one_person_works_and_changes_where_that_person_reads_it(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, adapter = served
    person = direct_place(ALICE)
    assert person is not None

    posted = await adapter.post(person, CARD, "k1")
    await adapter.update(posted, CARD)
    await adapter.update(posted.model_copy(update={"place": person}), CARD)

    blocks = api.of("chat.postMessage")[0]["blocks"]
    direct = OPS.model_copy(update={"channel": "DU01ALICE", "is_private": True})
    token = (json.loads(blocks) if isinstance(blocks, str) else blocks)[-1]["elements"][0]["value"]
    assert MINT.read(token, direct).verb == "approve"
    assert [call["channel"] for call in api.of("chat.update")] == ["DU01ALICE", "DU01ALICE"]


async def test_what_belongs_to_the_home_goes_to_the_direct_message_and_its_buttons_work_there(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    _, adapter = served

    posted = await adapter.post(HOME, CARD, "k1")

    assert posted.place.channel == "DU1"


@pytest.mark.proves("D7")
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/x",
        "http://files.slack.com/x",
        "https://files.slack.com.evil.test/x",
        "https://files.slack.com@evil.test/x",
        "https://files.slack.com:8443/x",
        "https://169.254.169.254/latest",
        "https://2130706433/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://fi\u2113es.slack.com/x",
        "file:///etc/passwd",
        "",
    ],
)
async def test_the_token_goes_to_slacks_file_hosts_only(
    address: str, served: tuple[WebApi, SlackAdapter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, adapter = served
    strict = SlackSettings(bot_token="xoxb-x", team_ids=frozenset({TEAM}), signing_secret="s")
    files, looked_up = SlackFiles(adapter.client, strict), list[str]()

    async def resolve(_: object, host: str, *about: object) -> list[object]:
        looked_up.append(host)
        return []

    monkeypatch.setattr("aiohttp.ThreadedResolver.resolve", resolve)
    file = FileRef(name="x.csv", size_bytes=3, platform_ref="F1")

    api.download = address
    with pytest.raises(BadInput, match="not stored with Slack"):
        await files.fetch(file, tmp_path / "x", 10)
    api.download = "https://files.slack.com/files-pri/T1-F1/download/x.csv"
    with pytest.raises(SlackTrouble, match="download"):
        await files.fetch(file, tmp_path / "x", 10)
    await files.close()

    assert looked_up == ["files.slack.com"]


@pytest.mark.proves("D7")
async def test_a_file_stored_outside_slack_is_declined_in_a_sentence(
    served: tuple[WebApi, SlackAdapter], tmp_path: Path
) -> None:
    _, adapter = served

    with pytest.raises(BadInput) as declined:
        await adapter.fetch(FileRef(name="*x*.csv", size_bytes=3, platform_ref="F1"), tmp_path / "x", 10)

    assert "stored outside Slack" in declined.value.sentence()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "missing",
    [{"team_ids": frozenset()}, {"signing_secret": " "}, {"use_socket_mode": True, "app_token": ""}],
)
def test_settings_with_which_nobody_could_be_told_from_a_stranger_are_refused(
    missing: dict[str, object],
) -> None:
    with pytest.raises(BadInput, match="slack settings lack"):
        a_settings("http://127.0.0.1/api/", **missing)


def test_settings_do_not_show_their_secrets() -> None:
    assert "xox" not in repr(a_settings("http://127.0.0.1/api/"))


async def test_nobody_is_tried_again_who_can_not_be_written_to_alone(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, adapter = served
    api.refusals["chat.postMessage"] = "messages_tab_disabled"

    with pytest.raises(SlackTrouble) as refused:
        await adapter.post(HOME, CARD, "k8")

    assert refused.value.is_final
    assert "messages tab" in refused.value.sentence()


@pytest.mark.parametrize("code", ["is_archived", "channel_not_found", "not_in_channel", "message_not_found"])
async def test_a_card_is_lost_where_its_channel_was_closed_to_us(
    served: tuple[WebApi, SlackAdapter], code: str
) -> None:
    api, adapter = served
    posted = await adapter.post(OPS, CARD, "k9")
    api.refusals["chat.update"] = code

    with pytest.raises(SlackTrouble) as refused:
        await adapter.update(posted, CARD)

    assert refused.value.is_final
    assert refused.value.is_message_lost


async def test_a_card_that_slack_can_not_show_is_not_sent_again_and_is_not_lost_where_it_stands(
    served: tuple[WebApi, SlackAdapter],
) -> None:
    api, adapter = served
    posted = await adapter.post(OPS, CARD, "k10")
    api.refusals["chat.update"] = "msg_too_long"

    with pytest.raises(SlackTrouble) as refused:
        await adapter.update(posted, CARD)

    assert refused.value.is_final
    assert not refused.value.is_message_lost
    assert "can't show this card" in refused.value.sentence()

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.adapters.teams import TeamsDoor
from bot.adapters.teams_gate import Refused, TeamsGate
from bot.adapters.teams_settings import TeamsSettings
from domain.identity.chat import Account, Platform
from tests.bot.teams.parts import SERVICE, Teams, an_activity
from tests.bot.webchat.parts import MINT
from tests.counterparts.teams import BOT, TENANT, Issuer

pytestmark = pytest.mark.proves("D5")


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    started = Issuer(tmp_path_factory.mktemp("issuer"))
    yield started
    started.stop()


def teams_of(issuer: Issuer) -> Teams:
    return Teams(app_id=BOT, issuer=issuer.issuer, metadata_url=issuer.metadata_url, allow_loopback=False)


async def sent(teams: Teams, activity: Any, token: str) -> int:
    transport = httpx.ASGITransport(teams.door.asgi(), client=("203.0.113.9", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await client.post("/messages", content=json.dumps(activity), headers=headers)
    await teams.door.drain()
    return answer.status_code


def good(issuer: Issuer, **claims: object) -> str:
    return issuer.token(**{"aud": BOT, "serviceurl": SERVICE} | claims)


async def test_a_genuine_activity_reaches_the_desk_as_the_entra_person(issuer: Issuer) -> None:
    teams = teams_of(issuer)

    status = await sent(teams, an_activity(), good(issuer))

    assert status == 200
    assert [(act.text, act.account.user) for act in teams.desk.accepted] == [
        ("feeds", "00000000-0000-0000-0000-0000000000a0")
    ]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"iss": "https://issuer.example"},
        {"exp": int(time.time()) - 3600},
        {"serviceurl": "https://smba.trafficmanager.net/amer/"},
        {"serviceurl": None},
        {"nbf": int(time.time()) + 3600},
    ],
    ids=["audience", "issuer", "expired", "another service", "no service", "not yet"],
)
async def test_a_token_for_something_else_is_refused(issuer: Issuer, claims: dict[str, object]) -> None:
    teams = teams_of(issuer)

    status = await sent(teams, an_activity(), good(issuer, **claims))

    assert status == 401
    assert teams.desk.accepted == []


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c", "é.é.é"])
async def test_no_token_or_garbage_is_refused(issuer: Issuer, token: str) -> None:
    teams = teams_of(issuer)
    transport = httpx.ASGITransport(teams.door.asgi())

    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        headers = [(b"Authorization", f"Bearer {token}".encode())] if token else []
        answer = await client.post("/messages", json=an_activity(), headers=headers)

    assert answer.status_code == 401
    assert teams.desk.accepted == []


@pytest.mark.parametrize("kid", ["unknown", "known"])
async def test_a_token_signed_by_somebody_else_is_refused(issuer: Issuer, kid: str) -> None:
    teams = teams_of(issuer)
    known = jwt.get_unverified_header(good(issuer))["kid"]
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"aud": BOT, "iss": issuer.issuer, "exp": int(time.time()) + 600, "serviceurl": SERVICE}
    forged = jwt.encode(claims, key, algorithm="RS256", headers={"kid": known if kid == "known" else kid})

    status = await sent(teams, an_activity(), forged)

    assert status == 401
    assert teams.desk.accepted == []


@pytest.mark.parametrize(
    ("endorsed", "is_taken"),
    [(["webchat", "directline"], False), ([], False), (["msteams"], True), (None, True)],
)
async def test_a_key_that_is_good_for_other_channels_alone_vouches_for_nothing(
    endorsed: list[str] | None, is_taken: bool
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": "k", "kty": "RSA"}
    told = public if endorsed is None else public | {"endorsements": endorsed}
    pages = {"/openid": {"jwks_uri": "https://login.test/keys"}, "/keys": {"keys": [told]}}
    network = httpx.MockTransport(lambda asked: httpx.Response(200, json=pages[asked.url.path]))
    teams = Teams(
        app_id=BOT,
        issuer="https://login.test",
        metadata_url="https://login.test/openid",
        allow_loopback=False,
        transport=lambda: network,
    )
    claims = {"aud": BOT, "iss": "https://login.test", "exp": int(time.time()) + 600, "serviceurl": SERVICE}
    token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k"})

    status = await sent(teams, an_activity(), token)

    assert (status, len(teams.desk.accepted)) == ((200, 1) if is_taken else (401, 0))


async def test_an_unsigned_token_is_refused(issuer: Issuer) -> None:
    teams = teams_of(issuer)
    known = jwt.get_unverified_header(good(issuer))["kid"]
    claims = {"aud": BOT, "iss": issuer.issuer, "exp": int(time.time()) + 600, "serviceurl": SERVICE}
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": known})

    status = await sent(teams, an_activity(), unsigned)

    assert status == 401
    assert teams.desk.accepted == []


@pytest.mark.parametrize(
    "service",
    [
        "https://smba.trafficmanager.net.evil.example/",
        "https://evil.trafficmanager.net/",
        "http://smba.trafficmanager.net/emea/",
        "https://127.0.0.1/",
        "https://x@smba.trafficmanager.net/emea/",
        "https://[::1",
        "",
        "https://smba.trafficmanager.net:22/emea/",
        "https://smba.trafficmanager.net/emea/#@evil.example",
        "https://smba.trafficmanager.net/emea/?to=evil.example",
        "https://a\n.botframework.com/",
        "https://evil.example\\.botframework.com/",
    ],
)
async def test_a_service_that_is_not_microsofts_is_refused(issuer: Issuer, service: str) -> None:
    teams = teams_of(issuer)

    status = await sent(teams, an_activity(serviceUrl=service), good(issuer, serviceurl=service))

    assert status == 403
    assert teams.desk.accepted == []


@pytest.mark.parametrize(
    "change",
    [
        {"channelId": "webchat"},
        {"channelId": "directline"},
        {"channelId": "MSTEAMS"},
        {"conversation": {"id": "a", "conversationType": "personal", "tenantId": "another"}},
        {"channelData": {"tenant": {"id": "another"}}},
        {"conversation": {"id": "a"}, "channelData": {}},
        {"from": {"id": "29:x", "name": "Alice Ng"}},
        {"from": {"id": "29:x", "aadObjectId": "not-an-object-id"}},
        {"from": {"id": "29:x", "aadObjectId": "00000000-0000-0000-0000-0000000000a0", "role": "bot"}},
        {"from": {"id": "29:x", "aadObjectId": "00000000-0000-0000-0000-0000000000a0", "tenantId": "guest"}},
        {"from": "alice"},
    ],
    ids=lambda change: "+".join(f"{key}={value}"[:40] for key, value in change.items()),
)
@pytest.mark.proves("D4", "D5")
async def test_another_channel_tenant_or_kind_of_sender_is_refused(
    issuer: Issuer, change: dict[str, Any]
) -> None:
    teams = teams_of(issuer)

    status = await sent(teams, an_activity(**change), good(issuer))

    assert status == 403
    assert teams.desk.accepted == []


@pytest.mark.proves("D4")
async def test_whoever_is_turned_away_stands_in_the_trail_once_a_minute(issuer: Issuer) -> None:
    teams = teams_of(issuer)
    noted = list[tuple[Account, str]]()

    async def note(account: Account, reason: str) -> None:
        noted.append((account, reason))

    teams.door = TeamsDoor(teams.settings, teams.desk, MINT, teams.book, note)
    guest = {"id": "29:x", "aadObjectId": "00000000-0000-0000-0000-0000000000a0", "tenantId": "guest"}

    for _ in range(3):
        await sent(teams, an_activity(**{"from": guest}), good(issuer))
    await sent(teams, an_activity(**{"from": guest}), "no token at all")

    account = Account(platform=Platform.TEAMS, workspace="guest", user=guest["aadObjectId"])
    assert noted == [(account, "sent by a guest of another tenant")]


@pytest.mark.parametrize(
    "change",
    [
        {"conversation": None},
        {"conversation": "a chat"},
        {"conversation": {"tenantId": TENANT}},
        {"conversation": {"id": {"a": 1}, "tenantId": TENANT}},
        {"conversation": {"id": "c" * 400, "conversationType": "personal", "tenantId": TENANT}},
        {"conversation": {"id": "c\0", "conversationType": "personal", "tenantId": TENANT}},
        {"id": None},
        {"id": ""},
        {"type": ["message"]},
        {"type": "invoke", "id": None, "name": "adaptiveCard/action"},
        {"type": "conversationUpdate", "conversation": {"id": 7, "tenantId": TENANT}},
    ],
    ids=lambda change: str(change)[:60],
)
async def test_an_activity_without_what_every_one_has_is_malformed(
    issuer: Issuer, change: dict[str, Any]
) -> None:
    teams = teams_of(issuer)

    assert await sent(teams, an_activity(**change), good(issuer)) == 400
    assert teams.desk.accepted == []


@pytest.mark.parametrize("kind", ["conversationUpdate", "typing", "messageReaction"])
async def test_what_is_no_act_needs_no_id_of_its_own(issuer: Issuer, kind: str) -> None:
    teams = teams_of(issuer)

    assert await sent(teams, an_activity(type=kind, id=None), good(issuer)) == 200


async def test_half_a_character_is_kept_as_a_sign_for_one(issuer: Issuer) -> None:
    teams = teams_of(issuer)

    said = await sent(teams, an_activity(text="feeds \ud83d"), good(issuer))
    pressed = an_activity(id="2", value={"token": "a.b.c", "note": "cut \ud83d"})
    filled = await sent(teams, pressed, good(issuer))

    assert (said, filled) == (200, 200)
    assert [act.text or act.inputs["note"] for act in teams.desk.accepted] == ["feeds \ufffd", "cut \ufffd"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000])
async def test_a_malformed_body_is_refused_and_the_door_lives(issuer: Issuer, body: bytes) -> None:
    teams = teams_of(issuer)
    transport = httpx.ASGITransport(teams.door.asgi())
    headers = {"Authorization": f"Bearer {good(issuer)}"}

    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        refused = await client.post("/messages", content=body, headers=headers)
        taken = await client.post("/messages", json=an_activity(), headers=headers)

    assert (refused.status_code, taken.status_code) == (400, 200)


async def test_more_than_a_mebibyte_is_refused(issuer: Issuer) -> None:
    teams = teams_of(issuer)

    status = await sent(teams, an_activity(text="x" * 1_100_000), good(issuer))

    assert status == 413
    assert teams.desk.accepted == []


async def test_an_activity_delivered_again_is_accepted_once(issuer: Issuer) -> None:
    teams = teams_of(issuer)

    statuses = [await sent(teams, an_activity(), good(issuer)) for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert len(teams.desk.accepted) == 1


async def test_the_same_number_in_two_conversations_is_two_acts(issuer: Issuer) -> None:
    teams = teams_of(issuer)
    elsewhere = an_activity()["conversation"] | {"id": "another-chat"}

    await sent(teams, an_activity(), good(issuer))
    await sent(teams, an_activity(conversation=elsewhere), good(issuer))

    assert len({act.key for act in teams.desk.accepted}) == 2


async def test_without_keys_of_the_issuer_the_answer_asks_for_another_delivery(tmp_path: Path) -> None:
    teams = Teams(app_id=BOT, metadata_url="http://127.0.0.1:1/none", allow_loopback=False)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = jwt.encode({"aud": BOT}, key, algorithm="RS256", headers={"kid": "k"})

    status = await sent(teams, an_activity(), token)

    assert status == 503


async def test_keys_that_were_good_are_believed_for_some_days_while_the_issuer_is_away(
    tmp_path: Path,
) -> None:
    issuer = Issuer(tmp_path)
    token, hours = good(issuer), [0.0]
    gate = TeamsGate(teams_of(issuer).settings, lambda: hours[0] * 3600)
    await gate.claims(f"Bearer {token}", "203.0.113.9")
    issuer.stop()

    hours[0] = 25
    claims = await gate.claims(f"Bearer {token}", "203.0.113.9")
    hours[0] = 6 * 24
    with pytest.raises(Refused, match="keys can't be read"):
        await gate.claims(f"Bearer {token}", "203.0.113.9")

    assert claims["aud"] == BOT


def test_no_app_id_is_refused_outside_the_test_profile() -> None:
    with pytest.raises(ValueError, match="app id"):
        TeamsSettings(app_id="", tenant="t")


async def test_the_test_profile_takes_unsigned_activities_from_loopback_only() -> None:
    teams = Teams()

    status = await sent(teams, an_activity(serviceUrl="http://127.0.0.1:9/"), "")

    assert status == 401
    assert teams.desk.accepted == []

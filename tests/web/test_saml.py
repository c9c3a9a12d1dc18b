"""Sign-in through a SAML identity provider that tells the truth, and each word of it that may be wrong."""

import base64
import json
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from lxml import etree

from domain.identity.chat import Platform
from domain.identity.people import Role
from domain.identity.web_access import MarkKind, is_fresh
from domain.proof.audit import AuditAct
from storage.audit.audit_verify import rows_of
from tests.bot.desk_house import FixedClock
from tests.web.house import ADDRESS, OUR_DOMAIN, WebHouse
from tests.web.identity_provider import (
    ISSUER,
    SIGN_ON,
    Pair,
    Words,
    metadata_of,
    new_pair,
    posted,
    signed,
)
from web.saml.provider import SamlProvider, SamlRules
from web.services import Ways
from web.signin.attempts import sealed

pytestmark = pytest.mark.proves("I2")
MAIL = ("mail",)
EVIL = {"origin": "https://idp.example.org", "sec-fetch-site": "cross-site"}


@dataclass
class Scene:
    """A house with an identity provider."""

    house: WebHouse
    provider: SamlProvider
    pair: Pair
    folder: Path

    def words(self, asked: str) -> Words:
        """Return a good answer to a request."""
        now = self.house.clock.now()
        return Words(now, self.provider.entity, self.provider.recipient, asked)

    def told(self, act: AuditAct) -> list[dict[str, str]]:
        """Return the facts of the audit entries of an act."""
        entries = [json.loads(row["canonical"]) for row in rows_of(self.house.database)]
        return [entry["facts"] for entry in entries if entry["act"] == act.value]

    def has_session(self, browser: httpx.AsyncClient) -> bool:
        """Return whether a browser is signed in."""
        return "dogwatch_session" in browser.cookies


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return new_pair(tmp_path_factory.mktemp("keys"), "idp")


@pytest.fixture
def scene(tmp_path: Path, pair: Pair) -> Scene:
    return scene_with(tmp_path, pair)


def scene_with(folder: Path, pair: Pair, *, unasked: bool = False, metadata: str = "") -> Scene:
    file = folder / "metadata.xml"
    file.write_text(metadata or metadata_of(pair))
    clock = FixedClock(datetime.now(UTC).replace(microsecond=0))
    rules = SamlRules(ISSUER, str(file), "", MAIL, unasked)
    provider = SamlProvider(rules, ADDRESS, clock.now)
    house = WebHouse(folder, Ways(saml=provider, mail_domains={"saml": OUR_DOMAIN}), clock)
    house.knows("erin", Role.ENGINEER, email="erin@example.org")
    return Scene(house, provider, pair, folder)


async def begin(browser: httpx.AsyncClient, page: str = "/") -> etree._Element:
    """Go to the provider; return the request that it gets."""
    sent = await browser.get("/sign-in/saml", params={"next": page})
    assert sent.status_code == 303, sent.text
    assert sent.headers["location"].startswith(f"{SIGN_ON}?")
    query = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    return etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"]), -zlib.MAX_WBITS))


async def come_back(scene: Scene, browser: httpx.AsyncClient, text: str) -> httpx.Response:
    """Post a response as the provider's page has the browser do it, without cookies, and follow it home."""
    async with scene.house.browser() as without_cookies:
        answer = await without_cookies.post("/sign-in/saml/back", data=posted(text), headers=EVIL)
    return await browser.get(answer.headers["location"]) if answer.status_code == 303 else answer


async def test_who_the_provider_vouches_for_is_signed_in_and_led_on(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        request = await begin(browser, "/incidents/i1")
        text = signed(scene.words(request.get("ID")).response(), scene.pair, scene.folder)
        back = await come_back(scene, browser, text)

        assert back.status_code == 200, back.text
        assert 'content="0; url=/incidents/i1"' in back.text
        assert "Erin" in (await browser.get("/dashboard/")).text
        session = scene.house.sessions.read(browser.cookies["dogwatch_session"], scene.house.clock.now())
    assert session is not None
    assert is_fresh(Platform.WEB, session.signed_in_at, scene.house.clock.now())
    assert scene.told(AuditAct.SIGNED_IN) == [{"method": "saml"}]
    assert (request.get("Destination"), request.get("ForceAuthn")) == (SIGN_ON, None)
    assert request.get("AssertionConsumerServiceURL") == f"{ADDRESS}/sign-in/saml/back"


LIES: dict[str, dict[str, object]] = {
    "another provider": {"issuer": "https://evil.example.org"},
    "another audience": {"audience": "https://another.example.org"},
    "another recipient": {"recipient": "https://another.example.org/back"},
    "another request": {"answers": "_another"},
    "no request": {"answers": ""},
    "over": {"ends": timedelta(minutes=-2)},
    "not yet": {"begins": timedelta(minutes=2)},
    "for days": {"ends": timedelta(days=2)},
    "signed in tomorrow": {"signed_in": timedelta(days=1)},
    "refused": {"status": "Responder"},
    "a name that does not last": {"name_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
    "a name too long": {"name": "e" * 201, "mail": ""},
    "no name": {"name": "", "mail": ""},
    "a stranger": {"name": "strange", "mail": "strange@example.org"},
    "another domain": {"mail": "erin@elsewhere.org"},
    "no audience": {},
    "an unknown condition": {"changed": {"</saml:Conditions>": "<saml:Condition/></saml:Conditions>"}},
    "two subjects": {"changed": {"</saml:Subject>": "</saml:Subject><saml:Subject/>"}},
    "another version": {"changed": {'Version="2.0"': 'Version="1.1"'}},
    "no bearer": {"changed": {"cm:bearer": "cm:holder-of-key"}},
    "nobody signed in": {"changed": {"AuthnStatement": "AuthzStatement"}},
    "a session that is over": {
        "changed": {
            "<saml:AuthnStatement ": '<saml:AuthnStatement SessionNotOnOrAfter="2020-01-01T00:00:00Z" '
        }
    },
    "no time": {"changed": {'AuthnInstant="20': 'AuthnInstant="soon 20'}},
}
REASONS = {
    "another provider": "the assertion is another provider's",
    "another audience": "for somebody else",
    "another recipient": "nobody may bear",
    "another request": "another browser's request",
    "no request": "did not begin here",
    "over": "not valid any more",
    "not yet": "not valid yet",
    "for days": "nobody may bear",
    "signed in tomorrow": "in the future",
    "refused": "the provider refused: Responder",
    "a name that does not last": "does not last",
    "a name too long": "too long",
    "no name": "empty",
    "a stranger": "without person",
    "another domain": "without person",
    "no audience": "for anybody",
    "an unknown condition": "condition that is not known",
    "two subjects": "exactly one Subject",
    "another version": "is another provider's",
    "no bearer": "nobody may bear",
    "nobody signed in": "does not say that anybody",
    "a session that is over": "session at the provider is over",
    "no time": "is no time",
}


@pytest.mark.parametrize("lie", sorted(LIES))
async def test_a_signed_assertion_that_is_not_for_us_here_and_now_signs_nobody_in(
    scene: Scene, lie: str
) -> None:
    wrong = dict(LIES[lie])
    if lie == "no audience":
        named = f"<saml:Audience>{scene.provider.entity}</saml:Audience>"
        wrong = {"changed": {f"<saml:AudienceRestriction>{named}</saml:AudienceRestriction>": ""}}
    async with scene.house.browser() as browser:
        asked = (await begin(browser)).get("ID")
        words = replace(scene.words(asked), **wrong)  # type: ignore[arg-type]
        back = await come_back(scene, browser, signed(words.response(), scene.pair, scene.folder))

        assert back.status_code == 403, back.text
        assert not scene.has_session(browser)
    facts = scene.told(AuditAct.REFUSED)[0]
    assert facts["method"] == "saml"
    assert REASONS[lie] in facts["reason"]


async def test_a_destination_or_answer_of_the_envelope_alone_is_checked_too(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        asked = (await begin(browser)).get("ID")
        text = signed(scene.words(asked).response(), scene.pair, scene.folder)
        for old, new in {
            f'Destination="{scene.provider.recipient}"': 'Destination="https://another.example.org"',
            f'InResponseTo="{asked}">': 'InResponseTo="_another">',
        }.items():
            assert (await come_back(scene, browser, text.replace(old, new, 1))).status_code == 403
        assert not scene.has_session(browser)
        assert (await come_back(scene, browser, text)).status_code == 200


async def test_an_assertion_is_used_once(scene: Scene) -> None:
    async with scene.house.browser() as browser, scene.house.browser() as thief:
        asked = (await begin(browser)).get("ID")
        text = signed(scene.words(asked).response(), scene.pair, scene.folder)
        assert (await come_back(scene, browser, text)).status_code == 200

        again = await come_back(scene, browser, text)
        await begin(thief)
        stolen = await come_back(scene, thief, text)

        assert (again.status_code, stolen.status_code) == (403, 403)
        assert not scene.has_session(thief)
    assert "used before" in scene.told(AuditAct.REFUSED)[0]["reason"]


async def test_a_ticket_serves_only_the_browser_that_began_once_and_for_a_minute(scene: Scene) -> None:
    async def ticket(browser: httpx.AsyncClient, number: int) -> str:
        asked = (await begin(browser)).get("ID")
        words = replace(scene.words(asked), assertion_id=f"_assertion{number}")
        text = signed(words.response(), scene.pair, scene.folder, f"_assertion{number}")
        answer = await browser.post("/sign-in/saml/back", data=posted(text), headers=EVIL)
        return str(answer.headers["location"])

    async with scene.house.browser() as browser, scene.house.browser() as victim:
        forced = await ticket(browser, 1)
        await begin(victim)
        assert (await victim.get(forced)).status_code == 403
        assert (await browser.get(forced)).status_code == 403, "a ticket that was shown is gone"

        late = await ticket(browser, 2)
        scene.house.clock.at += timedelta(seconds=61)
        assert (await browser.get(late)).status_code == 403
        assert (await browser.get("/sign-in/saml/finish", params={"ticket": "guess"})).status_code == 403
        assert not scene.has_session(victim)
        assert not scene.has_session(browser)


async def test_what_was_begun_another_way_does_not_end_here(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        asked = (await begin(browser)).get("ID")
        text = signed(scene.words(asked).response(), scene.pair, scene.folder)
        browser.cookies.clear()
        other = sealed(scene.house.services, ["oidc", asked, "nonce", "verifier", "/"], 60)
        browser.cookies.set("dogwatch_sign_in", other)
        back = await come_back(scene, browser, text)

        assert back.status_code == 403
        assert "not begun in this browser" in back.text


@pytest.mark.proves("K3")
async def test_what_waits_under_a_ticket_is_readable_by_the_ticket_alone(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        asked = (await begin(browser)).get("ID")
        words = replace(scene.words(asked), mail="erin+canary@example.org")
        text = signed(words.response(), scene.pair, scene.folder)
        answer = await browser.post("/sign-in/saml/back", data=posted(text), headers=EVIL)
        assert answer.status_code == 303

    ticket = answer.headers["location"].partition("=")[2]
    with scene.house.transactions.reading() as uow:
        kept = uow.sign_in_marks.live(MarkKind.SAML_TICKET, scene.house.clock.now())
    assert len(kept) == 1
    assert "canary" not in kept[0].text
    assert ticket not in kept[0].model_dump_json()


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_provider_that_comes_by_itself_is_taken_only_when_that_is_switched_on(
    tmp_path: Path, pair: Pair, allowed: bool
) -> None:
    scene = scene_with(tmp_path, pair, unasked=allowed)
    async with scene.house.browser() as browser:
        back = await come_back(scene, browser, signed(scene.words("").response(), pair, tmp_path))

        assert back.status_code == (200 if allowed else 403)
        assert scene.has_session(browser) is allowed


@pytest.mark.proves("I4")
async def test_who_is_signed_in_has_to_prove_it_anew(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        for number, (signed_in, status) in enumerate([(-3, 200), (-3, 403), (0, 200)]):
            request = await begin(browser)
            assert request.get("ForceAuthn") == (None if number == 0 else "true")
            words = replace(
                scene.words(request.get("ID")),
                assertion_id=f"_a{number}",
                signed_in=timedelta(hours=signed_in),
            )
            text = signed(words.response(), scene.pair, scene.folder, f"_a{number}")
            assert (await come_back(scene, browser, text)).status_code == status

            session = scene.house.sessions.read(browser.cookies["dogwatch_session"], scene.house.clock.now())
            assert session is not None
            assert is_fresh(Platform.WEB, session.signed_in_at, scene.house.clock.now()) is (number == 2)


async def test_certificates_roll_over(tmp_path: Path, pair: Pair) -> None:
    newer, third = new_pair(tmp_path, "newer"), new_pair(tmp_path, "third")
    scene = scene_with(tmp_path, pair, metadata=metadata_of(pair, newer))
    async with scene.house.browser() as browser:
        for number, (by, status) in enumerate([(pair, 200), (newer, 200), (third, 403)]):
            asked = (await begin(browser)).get("ID")
            words = replace(scene.words(asked), assertion_id=f"_a{number}")
            text = signed(words.response(), by, tmp_path, f"_a{number}")
            assert (await come_back(scene, browser, text)).status_code == status

        (tmp_path / "metadata.xml").write_text(metadata_of(third))
        scene.house.clock.at += timedelta(minutes=11)
        for number, (by, status) in enumerate([(pair, 403), (third, 200)]):
            asked = (await begin(browser)).get("ID")
            words = replace(scene.words(asked), assertion_id=f"_b{number}")
            text = signed(words.response(), by, tmp_path, f"_b{number}")
            assert (await come_back(scene, browser, text)).status_code == status


async def test_a_certificate_that_is_over_signs_nobody_in(tmp_path: Path) -> None:
    old = new_pair(tmp_path, "old", days=-1)
    scene = scene_with(tmp_path, old)
    async with scene.house.browser() as browser:
        asked = (await begin(browser)).get("ID")
        text = signed(scene.words(asked).response(), old, tmp_path)
        assert (await come_back(scene, browser, text)).status_code == 403


@pytest.mark.proves("D8")
async def test_only_that_one_post_may_come_from_another_site(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        for path in ("/sign-in/password", "/sign-in/directory", "/sign-in/out", "/sign-in/saml/back/"):
            answer = await browser.post(path, data={"SAMLResponse": "x"}, headers=EVIL)
            assert "another site" in answer.text, path


@pytest.mark.parametrize(
    "body",
    [
        "",
        "SAMLResponse=a&SAMLResponse=b",
        "SAMLResponse=%ff%",
        "x=1&" * 20,
        "é",
        "SAMLResponse=" + "A" * 600_000,
    ],
)
async def test_a_malformed_post_gets_a_sentence(scene: Scene, body: str) -> None:
    async with scene.house.browser() as browser:
        answer = await browser.post("/sign-in/saml/back", content=body.encode(), headers=EVIL)
    assert answer.status_code in (403, 422)
    assert answer.json()["error"]


async def test_without_a_provider_its_ways_are_shut(tmp_path: Path) -> None:
    house = WebHouse(tmp_path)
    async with house.browser() as browser:
        assert (await browser.get("/sign-in/ways")).json()["saml"] is False
        for path in ("/sign-in/saml", "/sign-in/saml/metadata", "/sign-in/saml/finish"):
            assert (await browser.get(path)).status_code == 404
        assert (await browser.post("/sign-in/saml/back", data={"SAMLResponse": "x"})).status_code == 404

"""The whole way with pySAML2 as identity provider: it reads our metadata and request, and signs an answer."""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from domain.identity.people import Role
from runtime.settings.signin import SamlSettings
from tests.bot.desk_house import FixedClock
from tests.counterparts.debian import need_program
from tests.web.house import ADDRESS, OUR_DOMAIN, WebHouse
from tests.web.identity_provider import (
    RSA_SHA256,
    SHA256,
    Pair,
    metadata_of,
    new_pair,
    posted,
    xmlsec_environment,
)
from web.saml.provider import SamlProvider, SamlRules
from web.services import Ways

with warnings.catch_warnings():
    # pySAML2 7.5 names ciphers that cryptography has moved; drop this once it names the new place.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", UserWarning)
    from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
    from saml2.config import IdPConfig
    from saml2.saml import NAMEID_FORMAT_PERSISTENT, NAMEID_FORMAT_TRANSIENT, NameID
    from saml2.server import Server

pytestmark = pytest.mark.proves("I2")
ISSUER = "https://pysaml2.example.org/idp"


@dataclass
class Scene:
    """A house, and an identity provider of another make."""

    house: WebHouse
    idp: Any  # pySAML2 has no types


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    program = need_program("usr/bin/xmlsec1")
    monkeypatch.setenv("LD_LIBRARY_PATH", xmlsec_environment()["LD_LIBRARY_PATH"])
    pair = new_pair(tmp_path, "pysaml2")
    (tmp_path / "idp.xml").write_text(metadata_of(pair, issuer=ISSUER))
    clock = FixedClock(datetime.now(UTC))
    provider = SamlProvider(
        SamlRules(ISSUER, str(tmp_path / "idp.xml"), "", SamlSettings().mail_attributes), ADDRESS, clock.now
    )
    house = WebHouse(tmp_path, Ways(saml=provider, mail_domains={"saml": OUR_DOMAIN}), clock)
    house.knows("erin", Role.ENGINEER, email="erin@example.org")
    async with house.browser() as browser:
        shown = await browser.get("/sign-in/saml/metadata")
    assert shown.headers["content-type"] == "application/samlmetadata+xml"
    return Scene(house, Server(config=_config(tmp_path, pair, program, shown.text)))


def _config(folder: Path, pair: Pair, program: Path, ours: str) -> Any:  # Any: as above
    (folder / "ours.xml").write_text(ours)
    told = {
        "entityid": ISSUER,
        "service": {
            "idp": {
                "endpoints": {
                    "single_sign_on_service": [("https://idp.example.org/sso", BINDING_HTTP_REDIRECT)]
                },
                "sign_assertion": True,
                "sign_response": True,
                "signing_algorithm": RSA_SHA256,
                "digest_algorithm": SHA256,
                "policy": {
                    "default": {
                        "lifetime": {"minutes": 10},
                        "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
                    }
                },
            }
        },
        "xmlsec_binary": str(program),
        "key_file": str(pair.key),
        "cert_file": str(pair.certificate),
        "metadata": {"local": [str(folder / "ours.xml")]},
    }
    return IdPConfig().load(told)


def answer_to(scene: Scene, address: str, name_format: str = NAMEID_FORMAT_PERSISTENT) -> str:
    query = dict(parse_qsl(urlsplit(address).query))
    request = scene.idp.parse_authn_request(query["SAMLRequest"], BINDING_HTTP_REDIRECT)
    where = scene.idp.response_args(request.message)
    assert where["destination"] == f"{ADDRESS}/sign-in/saml/back"
    assert where["binding"] == BINDING_HTTP_POST
    return str(
        scene.idp.create_authn_response(
            identity={"mail": ["erin@example.org"]},
            userid="erin",
            name_id=NameID(format=name_format, text="erin-at-pysaml2"),
            authn={
                "class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
                "authn_instant": int(scene.house.clock.now().timestamp()),
            },
            sign_assertion=True,
            sign_response=True,
            **where,
        )
    )


async def test_pysaml2_signs_a_person_in(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        sent = await browser.get("/sign-in/saml", params={"next": "/dashboard/"})
        text = answer_to(scene, sent.headers["location"])
        back = await browser.post(
            "/sign-in/saml/back", data=posted(text), headers={"origin": "https://idp.example.org"}
        )
        assert back.status_code == 303, (back.text, text)
        home = await browser.get(back.headers["location"])

        assert 'content="0; url=/dashboard/"' in home.text
        assert "Erin" in (await browser.get("/dashboard/")).text


async def test_pysaml2_with_a_name_that_does_not_last_signs_nobody_in(scene: Scene) -> None:
    async with scene.house.browser() as browser:
        sent = await browser.get("/sign-in/saml")
        text = answer_to(scene, sent.headers["location"], NAMEID_FORMAT_TRANSIENT)
        assert (await browser.post("/sign-in/saml/back", data=posted(text))).status_code == 403

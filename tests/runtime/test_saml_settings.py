"""The settings of a SAML identity provider, its metadata over the network, and what `doctor` says of it."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.errors import BadInput, OutsideTrouble
from runtime.doctor.signin import examine_sign_in
from runtime.settings.house import Settings
from runtime.wiring.signin import saml_of, ways_of
from tests.bot.desk_house import FixedClock
from tests.web.identity_provider import ISSUER, SIGN_ON, metadata_of, new_pair

pytestmark = pytest.mark.proves("I2")
US = "https://dogwatch.example.org"


def of(folder: Path, text: str, *, public_url: str = US, issuer: str = ISSUER) -> Settings:
    file = folder / "idp.xml"
    file.write_text(text)
    saml = {"issuer": issuer, "metadata": str(file), "mail_domains": ["Example.org"]}
    return Settings(data_dir=folder, web={"public_url": public_url}, signin={"saml": saml})


async def test_a_provider_of_the_settings_is_a_way_to_sign_in(tmp_path: Path) -> None:
    settings = of(tmp_path, metadata_of(new_pair(tmp_path, "idp")))

    ways = ways_of(settings, US, FixedClock())

    assert ways.saml is not None
    assert ways.mail_domains["saml"] == {"example.org"}
    assert (await ways.saml.address("_a", asks_anew=False)).startswith(f"{SIGN_ON}?SAMLRequest=")
    assert f'entityID="{US}/sign-in/saml/metadata"' in ways.saml.metadata()
    assert saml_of(Settings(), US, FixedClock()) is None


def test_the_doctor_says_what_keeps_people_out(tmp_path: Path) -> None:
    idp, old = new_pair(tmp_path, "idp"), new_pair(tmp_path, "old", days=-1)
    good = metadata_of(idp)
    role = "<md:IDPSSODescriptor "
    signed_requests = good.replace(role, f'{role}WantAuthnRequestsSigned="true" ')

    assert examine_sign_in(of(tmp_path, good)).says == f"passwords, SAML at {ISSUER}"
    for text, changed, says in [
        (good, {"public_url": ""}, "needs web.public_url"),
        (good, {"issuer": "https://another"}, "describes https://another 0 times"),
        (metadata_of(old), {}, "no certificate"),
        ("<!DOCTYPE a>", {}, "DTD"),
        (signed_requests, {}, "wants signed requests"),
    ]:
        finding = examine_sign_in(of(tmp_path, text, **changed))
        assert not finding.is_fine
        assert says in finding.says
    (tmp_path / "idp.xml").unlink()
    gone = Settings(signin={"saml": {"issuer": ISSUER, "metadata": str(tmp_path / "idp.xml")}})
    assert "can't be read" in examine_sign_in(gone).says


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"metadata": ""}, "needs metadata"), ({"issuer": "i" * 201}, "longer than")],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        Settings(signin={"saml": {"issuer": ISSUER, "metadata": "x"} | changes})

    assert says in refused.value.sentence()


class Published:
    """Metadata at an address: what it says can change, move, grow and be away."""

    text = ""
    status = 200
    moved = False

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        return RedirectResponse("/elsewhere") if self.moved else Response(self.text, self.status)


@pytest.fixture(scope="module")
def published() -> Iterator[tuple[Published, str]]:
    made = Published()

    async def answer(request: Request) -> Response:
        return await made(request)

    app = Starlette(routes=[Route("/metadata", answer)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield made, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/metadata"
    server.should_exit = True
    thread.join()


@pytest.mark.proves("D7")
async def test_published_metadata_is_read_again_and_kept_for_a_day_while_it_is_away(
    tmp_path: Path, published: tuple[Published, str]
) -> None:
    what, address = published
    what.text = metadata_of(new_pair(tmp_path, "one"))
    clock = FixedClock()
    settings = Settings(signin={"saml": {"issuer": ISSUER, "metadata": address}})
    provider = saml_of(settings, US, clock)
    assert provider is not None
    first = (await provider.about()).certificates

    what.text = metadata_of(new_pair(tmp_path, "two"))
    assert (await provider.about()).certificates == first
    clock.at += timedelta(minutes=11)
    second = (await provider.about()).certificates
    assert second != first

    for status, moved, text in [(500, False, ""), (200, True, ""), (200, False, "x" * 5_000_000)]:
        what.status, what.moved, what.text = status, moved, text
        clock.at += timedelta(hours=1)
        assert (await provider.about()).certificates == second
    clock.at += timedelta(days=2)
    with pytest.raises(OutsideTrouble):
        await provider.about()


@pytest.mark.proves("D7")
@pytest.mark.parametrize("address", ["http://idp.example.org/metadata", "ftp://x", "file:///etc/passwd"])
async def test_metadata_is_fetched_over_https_only(address: str) -> None:
    settings = Settings(signin={"saml": {"issuer": ISSUER, "metadata": address}})
    provider = saml_of(settings, US, FixedClock())

    assert provider is not None
    with pytest.raises(OutsideTrouble, match="not https"):
        await provider.about()

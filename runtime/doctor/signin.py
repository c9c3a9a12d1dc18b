"""Whether people can sign in the ways that are set up; a directory is asked, nobody is signed in."""

from domain.errors import DogwatchError
from runtime.doctor.findings import Finding
from runtime.settings.house import Settings

_PART = "sign-in"


def examine_sign_in(settings: Settings) -> Finding:
    """Return which ways there are, and what keeps people from one of them."""
    from runtime.wiring.signin import directory_of

    signin = settings.signin
    ways = ["passwords"] if signin.passwords else []
    if signin.oidc_issuer:
        lacks = _oidc_lacks(settings)
        if lacks:
            return Finding(_PART, False, f"OpenID Connect at {signin.oidc_issuer}: {lacks}")
        ways.append(f"OpenID Connect at {signin.oidc_issuer}")
    if signin.ldap.url:
        try:
            directory = directory_of(settings)
        except (DogwatchError, OSError) as error:
            return Finding(_PART, False, f"the directory can't be set up: {error}")
        lacks = directory.lacks() if directory is not None else ""
        if lacks:
            return Finding(_PART, False, f"{signin.ldap.url}: {lacks}")
        ways.append(f"the directory at {signin.ldap.url}")
    if signin.saml.issuer:
        lacks = _saml_lacks(settings)
        if lacks:
            return Finding(_PART, False, lacks)
        ways.append(f"SAML at {signin.saml.issuer}")
    if not ways:
        return Finding(_PART, False, "no way is set up; set signin.passwords or signin.oidc_issuer")
    return Finding(_PART, True, ", ".join(ways))


def _oidc_lacks(settings: Settings) -> str:
    """Return what keeps people from the OpenID Connect provider; empty for nothing."""
    import asyncio

    from runtime.wiring.signin import oidc_of

    if not settings.signin.oidc_client_id:
        return "signin.oidc_client_id is missing"
    provider = oidc_of(settings, settings.public_url(settings.web.port))
    assert provider is not None  # noqa: S101  its issuer is set
    return asyncio.run(provider.lacks())


def _saml_lacks(settings: Settings) -> str:
    """Return what is wrong with the identity provider, as its metadata has it; empty for nothing."""
    import asyncio
    from datetime import UTC, datetime

    from runtime.wiring.signin import saml_of
    from runtime.wiring.stores import SystemClock

    provider = saml_of(settings, settings.web.public_url, SystemClock())
    assert provider is not None  # noqa: S101  its issuer is set
    try:
        about = asyncio.run(provider.about())
    except DogwatchError as error:
        return str(error)
    if not settings.web.public_url:
        return "SAML needs web.public_url: the identity provider sends people back to that address only"
    if about.wants_signed_requests:
        return f"{about.issuer} wants signed requests, which I don't make; switch that off for me there"
    if all(one.not_valid_after_utc < datetime.now(UTC) for one in about.certificates):
        return f"no certificate in the metadata of {about.issuer} is valid any more; renew the metadata"
    return ""

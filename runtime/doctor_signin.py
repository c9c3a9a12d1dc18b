"""Whether people can sign in the ways that are set up; a directory is asked, nobody is signed in."""

from domain.errors import DogwatchError
from runtime.findings import Finding
from runtime.settings import Settings

_PART = "sign-in"


def examine_sign_in(settings: Settings) -> Finding:
    """Return which ways there are, and what keeps people from one of them."""
    from runtime.wiring.signin import directory_of

    signin = settings.signin
    ways = ["passwords"] if signin.passwords else []
    if signin.oidc_issuer:
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
    if not ways:
        return Finding(_PART, False, "no way is set up; set signin.passwords or signin.oidc_issuer")
    return Finding(_PART, True, ", ".join(ways))

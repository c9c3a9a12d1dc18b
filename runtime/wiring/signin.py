"""The ways to sign in that the settings ask for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from domain.errors import BadInput
from domain.ports.clock import Clock
from runtime.pinned_transport import pinned_to
from runtime.settings.house import Settings
from runtime.wiring.credentials import NamedCredentials

if TYPE_CHECKING:
    from integrations.ldap_directory import LdapDirectory
    from web.oidc import OidcProvider
    from web.saml.provider import SamlProvider
    from web.services import Ways


def ways_of(settings: Settings, public_url: str, clock: Clock) -> "Ways":
    """Return the ways to sign in; what each needs is imported when it is set up."""
    from web.services import Ways

    signin = settings.signin
    return Ways(
        passwords=signin.passwords,
        oidc=oidc_of(settings, public_url),
        directory=directory_of(settings),
        saml=saml_of(settings, public_url, clock),
        demo=settings.web.demo,
        mail_domains=_mail_domains(settings),
    )


def oidc_of(settings: Settings, public_url: str) -> "OidcProvider | None":
    """Return the OpenID Connect provider, or None when there is none."""
    signin = settings.signin
    if not signin.oidc_issuer:
        return None
    from web.oidc import OidcProvider

    return OidcProvider(
        signin.oidc_issuer,
        signin.oidc_client_id,
        signin.oidc_client_secret.get_secret_value(),
        f"{public_url}/sign-in/oidc/back",
        signin.oidc_discovery_url,
        pinned_to((signin.oidc_issuer, signin.oidc_discovery_url), settings.private_hosts),
    )


def directory_of(settings: Settings) -> "LdapDirectory | None":
    """Return the directory that people sign in with, or None when there is none."""
    ldap = settings.signin.ldap
    if not ldap.url:
        return None
    from integrations.ldap_connection import LdapPlace
    from integrations.ldap_directory import LdapDirectory, LdapRules

    place, *others = (LdapPlace(*server, ldap.authority_file) for server in ldap.servers)
    rules = LdapRules(
        base=ldap.base,
        person_filter=ldap.person_filter,
        subject=ldap.subject_attribute,
        mail=ldap.mail_attribute,
        groups=ldap.groups,
        groups_base=ldap.groups_base,
    )
    names = NamedCredentials(settings)

    def account() -> tuple[str, str]:
        password = names.identity(ldap.credential).get("password", "")
        if not password:
            raise BadInput("ldap: empty credential", say="The credential of the directory is empty.")
        return ldap.account, password

    return LdapDirectory(place, rules, account, others)


def saml_of(settings: Settings, public_url: str, clock: Clock) -> "SamlProvider | None":
    """Return the SAML identity provider, or None when there is none."""
    saml = settings.signin.saml
    if not saml.issuer:
        return None
    from web.saml.provider import SamlProvider, SamlRules

    rules = SamlRules(
        issuer=saml.issuer,
        metadata=saml.metadata,
        subject_attribute=saml.subject_attribute,
        mail_attributes=saml.mail_attributes,
        takes_unasked=saml.takes_unasked,
    )
    return SamlProvider(rules, public_url, clock.now)


def _mail_domains(settings: Settings) -> Mapping[str, frozenset[str]]:
    signin = settings.signin
    told = {
        "oidc": signin.oidc_mail_domains,
        "ldap": signin.ldap.mail_domains,
        "saml": signin.saml.mail_domains,
    }
    return {way: frozenset(domain.lower() for domain in domains) for way, domains in told.items()}

"""Settings of the sign-in: a provider, a directory, and whether local users have passwords."""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_LONGEST_BASE = 190
_LONGEST_ISSUER = 200
_PORTS = {"ldaps": 636, "ldap": 389}
_ATTRIBUTE = r"^[A-Za-z][A-Za-z0-9-]*$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LdapSettings(_Section):
    """A directory; without an address it is not asked."""

    url: str = Field(
        default="",
        description="ldaps://host, or ldap://host, which then must do StartTLS; several with spaces between,"
        " the next is asked while one is away; empty: no directory.",
    )
    authority_file: str = Field(
        default="", description="Certificates to trust for it (PEM); empty: those of the system."
    )
    account: str = Field(
        default="", description="Distinguished name that Dogwatch searches with; reading is enough."
    )
    credential: str = Field(
        default="", description="Its password by name, such as secret://directory; see watch.credentials."
    )
    base: str = Field(default="", description="Entry below which people are, such as ou=people,dc=example.")
    person_filter: str = Field(
        default="(&(objectClass=person)(uid={name}))",
        description="Who may be found; {name} stands for what somebody typed.",
    )
    subject_attribute: str = Field(
        default="entryUUID",
        pattern=_ATTRIBUTE,
        description="The id that stays with a person; objectGUID in Active Directory.",
    )
    mail_attribute: str = Field(default="mail", pattern=_ATTRIBUTE, description="The mail address.")
    mail_domains: tuple[str, ...] = Field(
        default=(), description="Domains whose addresses in the directory join an account to a person."
    )
    groups: tuple[str, ...] = Field(
        default=(),
        description="Groups of which a person must be in one, also through groups; empty: everybody found.",
    )
    groups_base: str = Field(default="", description="Entry below which groups are; empty: base.")

    @property
    def servers(self) -> tuple[tuple[str, int, bool], ...]:
        """Return host, port and whether TLS is asked for on a plain connection, of each server."""
        parts = [urlsplit(one) for one in self.url.split()]
        return tuple((p.hostname or "", p.port or _PORTS[p.scheme], p.scheme == "ldap") for p in parts)

    @property
    def host(self) -> str:
        """Return the first server's name."""
        return self.servers[0][0] if self.url else ""

    @property
    def port(self) -> int:
        """Return the first server's port."""
        return self.servers[0][1]

    @property
    def starts_tls(self) -> bool:
        """Return whether TLS is asked for on a plain connection of the first server."""
        return self.servers[0][2]

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, told: str) -> str:
        for one in told.split():
            parts = urlsplit(one)
            if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
                raise ValueError("it is no ldaps://host:port or ldap://host:port")
            if parts.password or parts.username:
                raise ValueError("it holds a name or password; those are signin.ldap.account and credential")
        return told.strip()

    @field_validator("person_filter")
    @classmethod
    def _is_a_filter(cls, told: str) -> str:
        if not re.search(r"=\{name\}\)", told) or not (told.startswith("(") and told.endswith(")")):
            raise ValueError("it needs parentheses around it and (attribute={name}) in it")
        if told.count("(") != told.count(")"):
            raise ValueError("its parentheses do not match")
        return told

    @model_validator(mode="after")
    def _is_whole(self) -> "LdapSettings":
        if self.url and not (self.account and self.credential and self.base):
            raise ValueError("with signin.ldap.url it needs account, credential and base")
        if len(self.base) > _LONGEST_BASE:
            raise ValueError(f"base is longer than {_LONGEST_BASE} characters")
        return self


class SamlSettings(_Section):
    """A SAML 2.0 identity provider; without an issuer there is none."""

    issuer: str = Field(default="", description="The identity provider's entity id; empty: none.")
    metadata: str = Field(default="", description="Its metadata: a file, or an https address.")
    subject_attribute: str = Field(
        default="", description="Attribute with the id that stays with a person; empty: the name id."
    )
    mail_attributes: tuple[str, ...] = Field(
        default=(
            "mail",
            "email",
            "urn:oid:0.9.2342.19200300.100.1.3",
            "urn:mace:dir:attribute-def:mail",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        ),
        description="Attributes that may hold the mail address, the first that is there counts.",
    )
    mail_domains: tuple[str, ...] = Field(
        default=(), description="Domains whose addresses there join an account to a person."
    )
    takes_unasked: bool = Field(
        default=False,
        description="Let the provider send people who did not begin here; another site can then, too.",
    )

    @model_validator(mode="after")
    def _is_whole(self) -> "SamlSettings":
        if self.issuer and not self.metadata:
            raise ValueError("with signin.saml.issuer it needs metadata")
        if len(self.issuer) > _LONGEST_ISSUER:
            raise ValueError(f"issuer is longer than {_LONGEST_ISSUER} characters")
        return self


class SignInSettings(_Section):
    """How people sign in to the web chat and the dashboard."""

    passwords: bool = Field(
        default=True, description="Let people sign in with a password given by dogwatch user password."
    )
    oidc_issuer: str = Field(default="", description="OpenID Connect issuer; empty: no such provider.")
    oidc_client_id: str = Field(default="", description="Our client id at the provider.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Our client secret there.")
    oidc_discovery_url: str = Field(
        default="", description="Address of the discovery document; empty: below the issuer."
    )
    oidc_mail_domains: tuple[str, ...] = Field(
        default=(), description="Domains whose verified addresses join an account to a person."
    )
    ldap: LdapSettings = LdapSettings()
    saml: SamlSettings = SamlSettings()

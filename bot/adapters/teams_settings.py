"""What the roof decides for Teams."""

from collections.abc import Callable, Mapping

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

_SCOPE = "https://api.botframework.com/.default"


class TeamsSettings(BaseModel):
    """Settings of the Teams door.

    Without an app id nothing can be checked, so that is refused except for tests on loopback.
    """

    model_config = ConfigDict(frozen=True)

    app_id: str
    """The bot's Entra application id; the audience of every token that reaches us."""
    app_password: SecretStr = SecretStr("")
    tenant: str = Field(min_length=1)
    """Our Entra tenant id; activities of any other are refused."""
    bot_name: str = "Dogwatch"
    public_url: str = ""
    """Our own address for links on cards."""
    issuer: str = "https://api.botframework.com"
    metadata_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    token_url: str = ""
    """Where we get our own tokens; empty means the tenant's at login.microsoftonline.com."""
    body_limit_bytes: int = Field(default=1024 * 1024, gt=0)
    allow_loopback: bool = False
    """Tests only: take activities without a token, and service addresses, on this machine."""

    asks_roster: bool = True
    """Whether Teams is asked of which tenant a sender is; off only where there is no Teams to ask."""
    transport: Callable[[], httpx.AsyncBaseTransport | None] = lambda: None
    """Makes what reaches addresses that others name: files, and the issuer's keys. The network as it is,
    unless the roof decides which machines that may be."""

    @model_validator(mode="after")
    def _has_app_id(self) -> "TeamsSettings":
        if not self.app_id and not self.allow_loopback:
            raise ValueError("Teams needs its app id: set teams.app_id, or leave all teams settings out")
        return self

    def own_token_url(self) -> str:
        """Return where our own tokens come from."""
        return self.token_url or f"https://login.microsoftonline.com/{self.tenant}/oauth2/v2.0/token"

    def own_token_form(self) -> Mapping[str, str]:
        """Return what is asked there for a token to speak to Teams with."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": self.app_password.get_secret_value(),
            "scope": _SCOPE,
        }

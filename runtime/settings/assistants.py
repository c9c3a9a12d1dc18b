"""Settings of other assistants: servers whose tools we may ask for evidence."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from runtime.settings.addresses import LOOPBACK, own_address


class ToolServer(BaseModel):
    """One MCP server, and the only tools of it that may be called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    tools: tuple[str, ...]
    command: tuple[str, ...] = ()
    url: str = ""
    token: SecretStr = SecretStr("")
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    asks: dict[str, str] = {}
    """Tools asked when the library does not know, each with the argument that takes the question."""

    @model_validator(mode="after")
    def _only_listed_tools_are_asked(self) -> "ToolServer":
        strange = sorted(set(self.asks) - set(self.tools))
        if strange:
            raise ValueError(f"asks names {', '.join(strange)}, which tools does not list")
        return self


class AssistantSettings(BaseModel):
    """Model Context Protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(own_address)] = Field(
        default=LOOPBACK, description="Address on which `dogwatch mcp --http` listens."
    )
    port: int = Field(default=8421, ge=0, le=65535, description="Its port.")
    hosts: tuple[str, ...] = Field(default=(), description="Host headers to accept beside loopback ones.")
    servers: tuple[ToolServer, ...] = Field(
        default=(),
        description="Servers of others: name, tools that may be called, command or url, "
        "and asks: tool to argument.",
    )

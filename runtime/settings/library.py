"""Settings of the knowledge index and the library process."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from runtime.settings.addresses import LOOPBACK, own_address, web_address


class KnowledgeSettings(BaseModel):
    """The knowledge index."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chroma_url: Annotated[str, AfterValidator(web_address)] = Field(
        default="", description="http://host:port of a Chroma server; empty: on disk."
    )
    model: str = Field(
        default="packaged",
        description="packaged: all-MiniLM-L6-v2, no network; none: exact words only; or a model's folder.",
    )
    url: Annotated[str, AfterValidator(web_address)] = Field(
        default="", description="http://host:port of a library process elsewhere; empty: beside the doors."
    )
    host: Annotated[str, AfterValidator(own_address)] = Field(
        default=LOOPBACK, description="Address on which the library process listens."
    )
    port: int = Field(default=0, ge=0, le=65535, description="Its port; 0 takes a free one.")
    seed: bool = Field(default=True, description="Begin an empty library with the articles that we ship.")
    teams_of_channels: dict[str, tuple[str, ...]] = Field(
        default={}, description="Channel to the teams it belongs to; only their articles show there too."
    )
    web_hosts: tuple[str, ...] = Field(
        default=(), description="Hosts that web pages may be synced from; empty: none."
    )
    folders: tuple[str, ...] = Field(
        default=(), description="Folders below which repositories and exports may be synced; empty: none."
    )

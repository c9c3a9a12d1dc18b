"""Settings of the language model; without a name there is none, and every feature answers without it."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class ModelSettings(BaseModel):
    """One provider that speaks the OpenAI protocol, and what may be spent on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(
        default="", description="Model as litellm names it, e.g. openai/gpt-4o-mini; empty: no model."
    )
    base_url: str = Field(default="", description="The only address that is called; empty: no model.")
    api_key: SecretStr = Field(default=SecretStr(""), description="Key of the provider.")
    micros_per_thousand_prompt_tokens: int = Field(
        default=0, ge=0, description="Price in millionths, to show what an answer cost."
    )
    micros_per_thousand_answer_tokens: int = Field(
        default=0, ge=0, description="Price in millionths, to show what an answer cost."
    )
    calls_per_day: int = Field(default=2_000, ge=0, description="Calls of everybody together in a day.")
    tokens_per_day: int = Field(default=2_000_000, ge=0, description="Tokens of everybody in a day.")
    calls_per_person: int = Field(default=200, ge=0, description="Calls of one person in a day.")
    micros_per_day: int = Field(default=0, ge=0, description="Money in a day, in millionths; 0: no bound.")
    calls_per_incident: int = Field(default=10, ge=0, description="Calls for one incident.")
    tokens_per_incident: int = Field(default=60_000, ge=0, description="Tokens for one incident.")
    seconds_per_incident: float = Field(default=180.0, ge=0, description="Seconds for one incident.")
    micros_per_incident: int = Field(
        default=0, ge=0, description="Money for one incident, in millionths; 0: no bound."
    )
    seconds_per_call: float = Field(default=20.0, gt=0, description="Longest wait for one answer.")

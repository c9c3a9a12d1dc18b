"""What the doctor learns by asking the language model for one word: key, name, address, time.

Every answer is there without a model, so nobody notices one that never answers: it is asked here.
"""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from domain.errors import DogwatchError
from runtime.doctor.findings import Finding
from runtime.settings.house import Settings

_PART = "language model"
_FORBIDDEN = 403
_WORDS = 16
"""Tokens of the answer: models that think before they speak need a few for one word."""
_REFUSED = {
    "AuthenticationError": "it refuses model.api_key; set a key of that provider",
    "PermissionDeniedError": "model.api_key may not use this model",
    "NotFoundError": "it has no such model; check model.name and the path of model.base_url (often /v1)",
    "BadRequestError": "it does not take the question; model.name is PROVIDER/MODEL, and openai/MODEL for"
    " whatever speaks OpenAI's protocol",
    "RateLimitError": "it asks to slow down, or what was paid for is used up",
    "Timeout": "no answer in time; check model.base_url, or raise model.seconds_per_call",
    "no answer in time": "no answer in time; check model.base_url, or raise model.seconds_per_call",
    "empty answer": "it answers with nothing; does it write text?",
}
"""By what went wrong: the kind of error, as the provider's library names it."""


def examine_language_model(settings: Settings) -> Finding:
    """Say whether the model answers; it is asked for one word, outside of the day's budget."""
    told = settings.model
    if not told.name and not told.base_url:
        lost = " (model.api_key alone does nothing)" if told.api_key.get_secret_value() else ""
        return Finding(_PART, not lost, f"none; every answer comes without one{lost}")
    if not told.name or not told.base_url:
        lacking = "name" if not told.name else "base_url"
        said = f"model.{lacking} (DOGWATCH_MODEL__{lacking.upper()}) is missing, so no model is asked"
        return Finding(_PART, False, said)
    from domain.model_budget import Budget
    from domain.ports.language_model import ModelRequest
    from integrations.litellm_model import LiteLLMModel
    from integrations.litellm_model import ModelSettings as Provider
    from integrations.litellm_stream import quiet_litellm
    from runtime.wiring.model import redactor

    provider = Provider(told.name, told.base_url, told.api_key.get_secret_value())
    budget = Budget(seconds_per_call=told.seconds_per_call)
    model = LiteLLMModel(provider, budget, redactor(settings), lambda: datetime.now(UTC))
    asked = ModelRequest(
        purpose="doctor",
        instructions="Answer with the one word: ready.",
        question="Are you ready?",
        max_tokens=_WORDS,
        timeout_seconds=told.seconds_per_call,
        on_behalf_of="doctor",
    )
    quiet_litellm()  # its first import takes seconds, which are not the model's
    where = f"{told.name} at {urlsplit(told.base_url).hostname or 'an address without a host'}"
    try:
        reply = model.complete(asked)
    except DogwatchError as error:
        kind = str(error).rpartition(": ")[2]
        if getattr(error.__cause__, "status_code", 0) == _FORBIDDEN:
            kind = "PermissionDeniedError"
        why = _REFUSED.get(kind, f"it does not answer ({kind}); check model.base_url, and that it runs")
        return Finding(_PART, False, f"{where}: {why}. Answers come without it meanwhile")
    return Finding(_PART, True, f"{where} answers, within {max(reply.seconds, 0.1):.1f} s")

"""The doctor names settings that do nothing, and asks the language model for a word."""

from collections.abc import Iterator

import pytest

from runtime.doctor.half_set import examine_half_set
from runtime.doctor.language_model import examine_language_model
from runtime.settings.house import Settings
from tests.counterparts.model import Counterpart, answering, saying

KEY = "sk-canary-0123456789"


@pytest.fixture
def provider() -> Iterator[Counterpart]:
    counterpart = Counterpart()
    yield counterpart
    counterpart.close()


def model_settings(address: str, **changed: object) -> Settings:
    given: dict[str, object] = {"name": "openai/small", "base_url": address, "api_key": KEY}
    return Settings.model_validate({"model": given | changed})


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"slack": {"app_token": "xapp-1"}}, "slack.app_token does nothing without slack.bot_token"),
        ({"teams": {"tenant": "t", "app_password": "p"}}, "teams.app_password and teams.tenant do nothing"),
        ({"git": {"github_token": "t"}}, "without git.host = github (DOGWATCH_GIT__HOST=github)"),
        ({"signin": {"oidc_client_id": "c"}}, "DOGWATCH_SIGNIN__OIDC_ISSUER"),
        ({"signin": {"ldap": {"base": "dc=x"}}}, "DOGWATCH_SIGNIN__LDAP__URL"),
        ({"notify": {"sms_token": "t"}}, "without notify.sms_account"),
        ({"temporal": {"api_key": "t"}}, "without temporal.address"),
    ],
)
def test_a_setting_without_the_one_that_it_hangs_on_is_named(told: dict[str, object], says: str) -> None:
    found = examine_half_set(Settings.model_validate(told))

    assert not found.is_fine
    assert says in found.says


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"slack": {"app_token": "", "channels": {}}},
        {"slack": {"bot_token": "xoxb-1", "app_token": "xapp-1"}},
        {"teams": {"allow_loopback": True, "tenant": "t", "channels": {"approvals": "x"}}},
        {"git": {"host": "gitlab", "github_token": "t", "gitlab_token": "t"}},
        {"temporal": {"tls": False}},
        {"notify": {"sms_url": "http://127.0.0.1:1", "pagerduty_url": "https://events.eu.pagerduty.com"}},
    ],
)
def test_what_is_empty_for_tests_or_whole_is_left_alone(told: dict[str, object]) -> None:
    assert examine_half_set(Settings.model_validate(told)).is_fine


def test_a_model_that_answers_is_well(provider: Counterpart) -> None:
    provider.behave = saying("ready")

    found = examine_language_model(model_settings(provider.url))

    assert found.is_fine, found.says
    assert "openai/small at 127.0.0.1 answers" in found.says
    assert len(provider.bodies) == 1


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "refuses model.api_key"),
        (403, "may not use this model"),
        (404, "no such model"),
        (400, "does not take the question"),
        (429, "asks to slow down"),
    ],
)
def test_what_a_provider_refuses_is_told_with_what_to_do(
    provider: Counterpart, status: int, says: str
) -> None:
    provider.behave = answering(status, b'{"error": {"message": "no", "type": "x"}}')

    found = examine_language_model(model_settings(provider.url))

    assert not found.is_fine
    assert says in found.says
    assert KEY not in found.says


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"base_url": "http://127.0.0.1:9/v1"}, "does not answer"),
        ({"base_url": ""}, "DOGWATCH_MODEL__BASE_URL"),
        ({"name": ""}, "DOGWATCH_MODEL__NAME"),
        ({"name": "small"}, "model.name is PROVIDER/MODEL"),
        ({"name": "", "base_url": ""}, "model.api_key alone does nothing"),
    ],
)
def test_a_model_that_can_not_be_asked_is_told(
    provider: Counterpart, changed: dict[str, object], says: str
) -> None:
    found = examine_language_model(model_settings(provider.url, **changed))

    assert not found.is_fine
    assert says in found.says


def test_a_house_without_a_model_is_well() -> None:
    assert examine_language_model(Settings()).is_fine

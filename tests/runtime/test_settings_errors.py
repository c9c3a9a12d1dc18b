"""Settings that can't be used are refused in one sentence that helps."""

from pathlib import Path

import pytest

from domain.errors import BadInput
from runtime.settings.house import Settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "dogwatch.toml"


def _sentence() -> str:
    with pytest.raises(BadInput) as refused:
        Settings()
    return refused.value.sentence()


def test_a_misspelt_name_in_the_file_is_answered_with_the_nearest_one(file: Path) -> None:
    file.write_text("[web]\nprot = 8000\n")

    assert _sentence() == "dogwatch.toml: `web.prot` is no setting of mine. Did you mean `web.port`?"


def test_a_misspelt_section_is_answered_with_the_nearest_one(file: Path) -> None:
    file.write_text("[slak]\nteam_ids = []\n")

    assert "`slak` is no setting of mine. Did you mean `slack`?" in _sentence()


def test_a_value_that_cannot_be_used_is_named_with_its_reason(file: Path) -> None:
    file.write_text("[web]\nport = 70000\n")

    said = _sentence()

    assert said.startswith("dogwatch.toml: `web.port` can't be used: ")
    assert "65535" in said


def test_a_wrong_variable_is_named_as_a_variable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOGWATCH_WEB__PROT", "8000")

    assert _sentence() == "DOGWATCH_WEB__PROT is no setting of mine. Did you mean `web.port`?"


@pytest.mark.parametrize(
    ("name", "value", "form"),
    [
        ("DOGWATCH_SLACK__TEAM_IDS", "T1", 'a list as JSON, such as ["a", "b"]'),
        ("dogwatch_slack__team_ids", "T1,T2", 'a list as JSON, such as ["a", "b"]'),
        ("DOGWATCH_SLACK__CHANNELS", "approvals=C1", 'a table as JSON, such as {"a": "b"}'),
        ("DOGWATCH_PRIVATE_HOSTS", "postgres", 'a list as JSON, such as ["a", "b"]'),
    ],
)
def test_a_list_or_table_that_is_no_json_is_answered_with_how_it_is_written(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, form: str
) -> None:
    monkeypatch.setenv("DOGWATCH_SLACK__BOT_TOKEN", "xoxb-no-json-either")
    monkeypatch.setenv(name, value)

    assert _sentence() == f"{name.upper()} can't be read. Write {form}."


def test_a_whole_section_that_is_no_json_is_named_by_its_beginning(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOGWATCH_SLACK", "T1")

    assert _sentence().startswith("A variable that begins with DOGWATCH_SLACK can't be read.")


@pytest.mark.parametrize("key", ["bot_token", "signing_secret"])
def test_secrets_are_not_taken_from_the_file(file: Path, key: str) -> None:
    file.write_text(f'[slack]\n{key} = "xoxb-not-a-real-one"\n')

    said = _sentence()

    assert f"`slack.{key}`" in said
    assert f"DOGWATCH_SLACK__{key.upper()}" in said
    assert "xoxb-not-a-real-one" not in said


def test_a_secret_in_a_list_of_sections_is_not_taken_from_the_file_either(file: Path) -> None:
    file.write_text(
        '[[assistants.servers]]\nname = "wiki"\ntools = ["ask"]\ntoken = "not-a-real-one"\n', encoding="utf-8"
    )

    said = _sentence()

    assert "`assistants.servers`" in said
    assert "DOGWATCH_ASSISTANTS__SERVERS" in said
    assert "not-a-real-one" not in said


def test_a_file_that_is_no_toml_is_refused_with_its_line(file: Path) -> None:
    file.write_text("web = {\n")

    assert "not valid TOML" in _sentence()


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("dogwatch.example.org", "needs http:// or https://"),
        ("ftp://dogwatch.example.org", "needs http:// or https://"),
        ("https://", "needs http:// or https://"),
        ("https://example.org/dogwatch", "pages need a host of their own"),
        ("https://me@example.org", "pages need a host of their own"),
        ("https://[example", "it is no address"),
    ],
)
def test_an_address_under_which_nobody_reaches_the_pages_is_refused(file: Path, told: str, says: str) -> None:
    file.write_text(f'[web]\npublic_url = "{told}"\n')

    assert says in _sentence()


def test_an_address_may_end_with_a_slash(file: Path) -> None:
    file.write_text('[web]\npublic_url = "https://dogwatch.example.org/"\n')

    assert Settings().public_url(1) == "https://dogwatch.example.org"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DOGWATCH_WEB_PORT", "DOGWATCH_WEB__PORT"),
        ("DOGWATCH_WEBB__PORT", "DOGWATCH_WEB__PORT"),
        ("dogwatch_slack_bot_token", "DOGWATCH_SLACK__BOT_TOKEN"),
        ("DOGWATCH_DATADIR", "DOGWATCH_DATA_DIR"),
        ("DOGWATCH_DATABASE_URL", "DOGWATCH_DATABASE__URL"),
    ],
)
def test_a_variable_that_is_nearly_a_setting_is_not_passed_over_in_silence(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "held-4821")

    with pytest.raises(BadInput) as told:
        Settings()

    assert told.value.sentence().startswith(f"{name} is no setting of mine. Did you mean {meant}?")
    assert "held-4821" not in told.value.sentence()


@pytest.mark.parametrize(
    "name",
    [
        "DOGWATCH_URL",
        "DOGWATCH_KEY",
        "DOGWATCH_COUNTERPARTS",
        "DOGWATCH_KEEP_HISTORIES",
        "WEB_PORT",
        "DOGWATCH_",
    ],
)
def test_a_variable_of_somebody_else_is_left_alone(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")

    assert Settings().web.port == 8420


@pytest.mark.parametrize(
    "told",
    [
        {"DOGWATCH_WEB_PORT": "tcp://10.0.0.7:8420", "DOGWATCH_WEB_SERVICE_HOST": "10.0.0.7"},
        {"DOGWATCH_TELEMETRY_PORT": "udp://10.0.0.8:4318"},
        {
            "DOGWATCH_DATABASE_URL": "postgresql://db/house",
            "DOGWATCH_DATABASE__URL": "sqlite:////srv/house.db",
        },
    ],
    ids=["a service of Kubernetes", "another one", "the right one beside it"],
)
def test_what_kubernetes_sets_and_what_stands_beside_the_right_name_stop_no_house(
    file: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, str]
) -> None:
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    assert Settings().web.port == 8420


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("postgres://u:p@db/house", "postgresql+psycopg://u:p@db/house"),
        ("postgresql://u:p%40@db:5432/house?sslmode=require",
         "postgresql+psycopg://u:p%40@db:5432/house?sslmode=require"),
        ("postgresql+psycopg://u@/house?host=/run/postgresql", "postgresql+psycopg://u@/house?host=/run/postgresql"),
        ("sqlite:////srv/house.db", "sqlite:////srv/house.db"),
    ],
)  # fmt: skip
def test_an_address_of_postgresql_gets_our_driver_and_any_other_stays(
    file: Path, monkeypatch: pytest.MonkeyPatch, told: str, taken: str
) -> None:
    monkeypatch.setenv("DOGWATCH_DATABASE__URL", told)

    assert Settings().database_url() == taken


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("mysql://u:word-4821@db/house", "mysql is no kind of database"),
        ("postgresql+psycopg2://u:word-4821@db/house", "postgresql+psycopg2 is no kind of database"),
        ("db.internal/word-4821", "it is no address of a database"),
        ("postgres://u:word-4821@db:word-4821/house", "it can't be read as an address"),
    ],
)
def test_an_address_of_no_database_of_ours_is_refused_without_repeating_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, told: str, says: str
) -> None:
    monkeypatch.setenv("DOGWATCH_DATABASE__URL", told)

    with pytest.raises(BadInput) as refused:
        Settings()

    assert says in refused.value.sentence()
    assert "word-4821" not in refused.value.sentence()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            'quiet_from = "25:00"\nquiet_until = "06:00"',
            "`watch.quiet_from` can't be used: “25:00” is no time of day;",
        ),
        (
            'quiet_from = "22:00"',
            "`watch` can't be used: quiet hours need both ends, and quiet_until is empty.",
        ),
        ('quiet_zone = "Berlin"', "`watch.quiet_zone` can't be used: no time zone is called Berlin;"),
        ('train_at = "2am"', "`watch.train_at` can't be used: “2am” is no time of day; write it as 06:00."),
        ('train_at = ""', "`watch.train_at` can't be used: “” is no time of day;"),
        (
            'call_roles = ["oncall"]',
            "`watch.call_roles` can't be used: no role is called oncall; the roles are",
        ),
    ],
)
def test_hours_zones_and_roles_that_alerts_could_not_go_by_are_refused_at_the_start(
    file: Path, said: str, told: str
) -> None:
    file.write_text(f"[watch]\n{said}\n")

    assert told in _sentence()


@pytest.mark.parametrize("early", ["05:30", "05:30:00", "0530", "T05:30"])
def test_hours_that_a_house_went_by_before_do_not_keep_it_from_starting(file: Path, early: str) -> None:
    file.write_text(f'[watch]\nquiet_from = "23"\nquiet_until = "{early}"\ntrain_at = "{early}"\n')

    assert Settings().watch.train_at == early


@pytest.mark.parametrize("late", ["5:30", "05:30+02:00", "25:00"])
def test_hours_that_no_house_can_go_by_are_refused(file: Path, late: str) -> None:
    file.write_text(f'[watch]\ntrain_at = "{late}"\n')

    assert "is no time of day" in _sentence()


def test_hours_that_can_be_used_are_taken(file: Path) -> None:
    file.write_text('[watch]\nquiet_from = "22:00"\nquiet_until = "06:00"\nquiet_zone = "Asia/Kathmandu"\n')

    assert Settings().watch.quiet_zone == "Asia/Kathmandu"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEMPORAL__ADDRESS", "https://temporal.internal"),
        ("TEMPORAL__ADDRESS", "temporal"),
        ("TEMPORAL__ADDRESS", "temporal:"),
        ("TEMPORAL__ADDRESS", ":7233"),
        ("KNOWLEDGE__CHROMA_URL", "chroma:8000"),
        ("KNOWLEDGE__URL", "library"),
    ],
)
def test_an_address_in_another_form_stops_the_start(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DOGWATCH_{name}", value)

    with pytest.raises(BadInput) as refused:
        Settings()

    assert f"DOGWATCH_{name}" in refused.value.say
    assert "such as" in refused.value.say


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://127.0.0.1:7233", "write 127.0.0.1:7233, without http://"),
        ("https://a.b.tmprl.cloud:7233/", "write a.b.tmprl.cloud:7233 and set temporal.tls to true"),
        ("GRPCS://[::1]:7233", "write [::1]:7233 and set temporal.tls to true"),
        ("temporal:7233/default", "write temporal:7233."),
        ("https://me:hunter2@temporal:7233", "write temporal:7233 and set temporal.tls to true"),
    ],
)
def test_a_web_address_of_the_workflow_server_is_answered_with_what_to_write(
    address: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOGWATCH_TEMPORAL__ADDRESS", address)

    with pytest.raises(BadInput) as refused:
        Settings()

    assert told in refused.value.say
    assert "hunter2" not in refused.value.say


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEMPORAL__ADDRESS", ""),
        ("TEMPORAL__ADDRESS", "[::1]:7233"),
        ("TEMPORAL__ADDRESS", "name.account.tmprl.cloud:7233"),
        ("KNOWLEDGE__CHROMA_URL", "http://chroma:8000"),
        ("KNOWLEDGE__URL", "https://[::1]:8500"),
    ],
)
def test_an_address_as_it_is_wanted_is_taken(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DOGWATCH_{name}", value)

    assert Settings() is not None


@pytest.mark.parametrize("name", ["WEB__HOST", "TELEMETRY__HOST", "KNOWLEDGE__HOST", "ASSISTANTS__HOST"])
def test_an_empty_address_to_listen_on_is_the_loopback_and_not_every_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = name.partition("__")[0].lower()

    told = []
    for value in ("", " ", "0.0.0.0", "::1", "localhost"):  # noqa: S104  what is asked for
        monkeypatch.setenv(f"DOGWATCH_{name}", value)
        told.append(getattr(Settings(), section).host)

    assert told == ["127.0.0.1", "127.0.0.1", "0.0.0.0", "::1", "localhost"]  # noqa: S104

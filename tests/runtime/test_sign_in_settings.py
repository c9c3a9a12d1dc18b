"""The settings of the sign-in, as far as they can be wrong, and what `doctor` says of a real directory."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import BadInput
from runtime.doctor.signin import examine_sign_in
from runtime.log_lines import known_secrets
from runtime.settings.house import Settings
from runtime.wiring.signin import directory_of, ways_of
from tests.bot.desk_house import FixedClock
from tests.counterparts.slapd import (
    GROUPS,
    PASSWORD,
    PEOPLE,
    SERVICE,
    SERVICE_PASSWORD,
    Slapd,
    slapd_server,
)

pytestmark = pytest.mark.proves("I3")
WHOLE = {"url": "ldaps://localhost", "account": "cn=x", "credential": "secret://directory", "base": "dc=x"}


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with slapd_server() as running:
        yield running


def of(slapd: Slapd, folder: Path, **changes: object) -> Settings:
    told = {
        "url": slapd.ldaps,
        "authority_file": slapd.authority,
        "account": SERVICE,
        "credential": "secret://directory",
        "base": PEOPLE,
        "groups": [f"cn=stream team,{GROUPS}"],
        "groups_base": GROUPS,
        "mail_domains": ["Example.org"],
    }
    return Settings(data_dir=folder, signin={"ldap": told | changes})


def keep_credential(folder: Path, mode: int = 0o600) -> None:
    file = folder / "credentials" / "directory"
    file.parent.mkdir()
    file.write_text(json.dumps({"user": "", "secret": SERVICE_PASSWORD}))
    file.chmod(mode)


def test_a_directory_signs_in_with_the_credential_that_the_settings_name(
    slapd: Slapd, tmp_path: Path
) -> None:
    keep_credential(tmp_path)
    settings = of(slapd, tmp_path)

    ways = ways_of(settings, "https://dogwatch.example.org", FixedClock())

    assert ways.directory is not None
    assert ways.directory.prove("erin", PASSWORD) is not None
    assert ways.directory.issuer == f"ldap:{PEOPLE}"
    assert ways.mail_domains["ldap"] == {"example.org"}
    assert SERVICE_PASSWORD not in str(settings.model_dump())
    finding = examine_sign_in(settings)
    assert (finding.is_fine, finding.says) == (True, f"passwords, the directory at {slapd.ldaps}")


def test_a_credential_of_the_environment_is_masked_in_the_log(slapd: Slapd, tmp_path: Path) -> None:
    by_name = {"credentials": {"directory": SERVICE_PASSWORD}}
    settings = of(slapd, tmp_path).model_copy(
        update={"watch": Settings(data_dir=tmp_path, watch=by_name).watch}
    )

    directory = directory_of(settings)

    assert directory is not None
    assert directory.lacks() == ""
    assert SERVICE_PASSWORD in known_secrets(settings)


@pytest.mark.parametrize(
    ("changes", "mode", "says"),
    [
        ({}, 0o644, "others may read its file"),
        ({"credential": "secret://other"}, 0o600, "it can't be opened"),
        ({"account": f"cn=nobody,{PEOPLE}"}, 0o600, "our own account is refused"),
        ({"base": "dc=nowhere"}, 0o600, "no entry dc=nowhere"),
        ({"groups": [f"cn=none,{GROUPS}"]}, 0o600, f"no group cn=none,{GROUPS}"),
        ({"authority_file": ""}, 0o600, "certificate verify failed"),
        ({"authority_file": "/nowhere.pem"}, 0o600, "/nowhere.pem can't be read"),
        ({"url": "ldaps://127.0.0.1:1"}, 0o600, "Connection refused"),
    ],
)
def test_the_doctor_says_what_keeps_people_out(
    slapd: Slapd, tmp_path: Path, changes: dict[str, object], mode: int, says: str
) -> None:
    keep_credential(tmp_path, mode)

    finding = examine_sign_in(of(slapd, tmp_path, **changes))

    assert not finding.is_fine
    assert says in finding.says
    assert SERVICE_PASSWORD not in finding.says


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "http://localhost"}, "ldaps://"),
        ({"url": "ldap://me:secret@localhost"}, "holds a name or password"),
        ({"url": "ldaps://localhost/dc=example"}, "ldaps://"),
        ({"credential": ""}, "needs account, credential and base"),
        ({"person_filter": "uid={name}"}, "needs parentheses"),
        ({"person_filter": "(uid=*)"}, "(attribute={name})"),
        ({"person_filter": "((uid={name})"}, "parentheses do not match"),
        ({"subject_attribute": "uid)(x"}, "pattern"),
    ],
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        Settings(signin={"ldap": WHOLE | changes})

    assert says in refused.value.sentence()


@pytest.mark.parametrize(
    ("url", "port", "starts_tls"),
    [("ldaps://x", 636, False), ("ldap://x", 389, True), ("ldap://x:3890", 3890, True)],
)
def test_an_address_says_port_and_kind_of_tls(url: str, port: int, starts_tls: bool) -> None:
    ldap = Settings(signin={"ldap": WHOLE | {"url": url}}).signin.ldap

    assert (ldap.host, ldap.port, ldap.starts_tls) == ("x", port, starts_tls)


def test_several_servers_stand_side_by_side() -> None:
    ldap = Settings(signin={"ldap": WHOLE | {"url": "ldaps://one  ldap://two:3890"}}).signin.ldap

    assert ldap.servers == (("one", 636, False), ("two", 3890, True))


def test_a_house_without_any_way_is_named() -> None:
    assert "no way is set up" in examine_sign_in(Settings(signin={"passwords": False})).says


def test_an_openid_provider_that_is_away_or_lacks_our_id_is_found(tmp_path: Path) -> None:
    away = {"oidc_issuer": "http://127.0.0.1:9/x", "oidc_client_id": "dogwatch"}

    found = examine_sign_in(Settings(data_dir=tmp_path, signin=away))
    nameless = examine_sign_in(Settings(data_dir=tmp_path, signin=away | {"oidc_client_id": ""}))

    assert not found.is_fine
    assert "OpenID Connect at http://127.0.0.1:9/x: sign-in provider" in found.says
    assert "signin.oidc_client_id is missing" in nameless.says

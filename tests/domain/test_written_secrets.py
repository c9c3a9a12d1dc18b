"""A password in a script is known by its place; names, paths and what is filled in later are none."""

import pytest

from domain.text.written_secrets import holds_written_secret


@pytest.mark.proves("K4", "M2")
@pytest.mark.parametrize(
    ("line", "is_code"),
    [
        ('password = "S3cr3t-pw"', True),
        ('ask("db", "POST", "/login", {"password": "hunter2x9"})', True),
        ("conn = connect(user='app', password='Zq7!rT4kLm')", True),
        ('run(["mysql -u root -pS3cret9x orders"])', True),
        ("PGPASSWORD=S3cretpw9 psql -h db", False),
        ("loader --password S3cr3t-pw", False),
        ("curl -u admin:S3cr3t9 https://h/x", False),
        ("  db_password: S3cr3t!pw", False),
    ],
)
def test_a_literal_behind_its_name_is_a_secret(line: str, is_code: bool) -> None:
    assert holds_written_secret(line, is_code=is_code)


@pytest.mark.parametrize("is_code", [True, False])
@pytest.mark.parametrize(
    "line",
    [
        'token = data["token"]',
        'password = os.environ["PG_PASSWORD2"]',
        'secret_name = "orders-db-2"',
        'page = ask("api", "GET", "/runs", {"token": "next_page_token2"})',
        'TOKEN_FILE = "/run/secrets/t0ken"',
        "psql --password $PW2; export TOKEN=$(vault read x2)",
        'headers = {"Authorization": f"Bearer {token2}"}',
        "kubectl get secret orders-db2 -o yaml",
        '  token: "{{ vault_token2 }}"',
        "password: secret://orders-db2",
        'raise SystemExit("token: expired after 3600 s")',
        "SELECT password_hash, token2 FROM accounts",
        "psql -c 'SELECT 1 FROM a JOIN b t2 ON a.token = t2.token'",
    ],
)
def test_a_name_a_path_and_what_is_filled_in_are_none(line: str, is_code: bool) -> None:
    assert not holds_written_secret(line, is_code=is_code)

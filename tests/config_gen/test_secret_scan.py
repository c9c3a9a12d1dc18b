"""What may not be committed: secrets by their shape, name and place; never what only speaks of them."""

import pytest

from config_gen.secret_scan import find_secrets

pytestmark = pytest.mark.proves("G4")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("contact: ghp_" + "a1B2c3D4" * 5, "a GitHub token"),
        ("description: login feeds, password: Tr0ub4dor-and-3", "a password or key"),
        (
            "description: fetched by curl -u feeds:Xk29fjQ1 https://x.example",
            "a password, as it is told to a program",
        ),
        ("description: sshpass -p Xk29fjQ1 sftp files", "a password, as it is told to a program"),
        ("location: x --token Xk29fjQ1ab", "a password, as it is told to a program"),
    ],
)
def test_a_secret_is_found_with_its_line_and_kind_and_never_told(text: str, kind: str) -> None:
    (found,) = find_secrets(f"feed: fx_trades\n{text}\nrevision: 1\n")

    assert (found.line, found.kind) == (2, kind)


@pytest.mark.parametrize(
    "text",
    [
        "description: fetched by curl -u $USER:$PASSWORD https://x.example",
        "description: docker login is needed once, its token is base64-encoded",
        "credential: vault://feeds/fx_trades",
        "description: the page is asked with Cookie: consent=accepted-all",
        "owner: ASIAEQUITYDERIVATIVE",
        "name: api_token\nsource: api_token\nmeaning: password\ntreatment: tokenize",
        "description: the first desk of each value-date; name and value stand apart",
    ],
)
def test_what_only_speaks_of_secrets_is_none(text: str) -> None:
    assert find_secrets(text) == []

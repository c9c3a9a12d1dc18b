"""Accounts as an operator writes them on the command line."""

import pytest

from domain.errors import BadInput
from runtime.access_verbs import account_of


@pytest.mark.parametrize(
    ("text", "workspace", "user"),
    [
        ("console:local:maria", "local", "maria"),
        ("slack:T0123:U0456", "T0123", "U0456"),
        ("web:web:maria", "web", "maria"),
        ("web:https://login.example.org:8443/x:abc-1", "https://login.example.org:8443/x", "abc-1"),
        ("web:ldap:ou=people,dc=example:5e00553e-800b", "ldap:ou=people,dc=example", "5e00553e-800b"),
    ],
)
def test_an_account_is_platform_workspace_and_user(text: str, workspace: str, user: str) -> None:
    found = account_of(text)

    assert (found.workspace, found.user) == (workspace, user)


@pytest.mark.parametrize(
    "text", ["", "maria", "console:local", "web:maria", "fax:local:maria", "console::maria"]
)
def test_what_names_no_account_is_said_in_words(text: str) -> None:
    with pytest.raises(BadInput, match="account"):
        account_of(text)

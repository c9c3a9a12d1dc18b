"""The two Slack counterparts: one that acts like people in Slack, one that keeps the Web API's rules."""

import json
from pathlib import Path

from tests.counterparts.processes import Counterpart, free_ports, need, node_program

BOT_TOKEN = "xoxb-test"
APP_TOKEN = "xapp-1-A01OPS-1-test"
SIGNING_SECRET = "test-signing-secret"
TEAM = "T01ACME"
APP = "A01OPS"
BOT = "U0BOT"


def local_slack(folder: Path, request_url: str = "") -> tuple[Counterpart, str]:
    """Start a workspace of three people; events mode with a request URL, else socket mode."""
    package = need("local-slack-linux-x64")
    app = {
        "appId": APP,
        "botUserId": BOT,
        "botName": "dogwatch",
        "botToken": BOT_TOKEN,
        "appToken": APP_TOKEN,
        "signingSecret": SIGNING_SECRET,
        "mode": "events" if request_url else "socket",
    }
    if request_url:
        app["requestUrl"] = request_url
    people = [("U01ALICE", "alice", "Alice Ng"), ("U02BOB", "bob", "Bob Oak"), ("U03CEM", "cem", "Cem Ak")]
    members = [user for user, _, _ in people] + [BOT]
    config = {
        "workspace": {"name": "Acme Ops", "domain": "acme-ops", "teamId": TEAM},
        "app": app,
        "users": [
            {"id": user, "name": name, "real_name": real, "email": f"{name}@acme.test"}
            for user, name, real in people
        ],
        "channels": [
            {"id": "C01OPS", "name": "ops", "members": members},
            {"id": "C02FEEDS", "name": "feeds", "members": members},
        ],
    }
    path = folder / "local-slack.yaml"
    path.write_text(json.dumps(config))  # JSON is YAML
    port = free_ports()
    base = f"http://127.0.0.1:{port}"
    command = [str(package / "bin" / "local-slack"), "--config", str(path), "--port", str(port)]
    return Counterpart(command, f"{base}/_control/state", folder / "local-slack.log"), base


def emulate_slack(folder: Path) -> tuple[Counterpart, str]:
    """Start the Web API with strict scopes; ids of people and channels change with every start."""
    package = need("emulate")
    scopes = "chat:write channels:read channels:history files:read files:write users:read im:write"
    app = {"app_id": APP, "bot_id": "B0BOT", "bot_user_id": BOT}
    seed = {
        "slack": {
            "team": {"name": "Acme Ops", "domain": "acme-ops"},
            "users": [{"name": "alice", "real_name": "Alice Ng", "email": "alice@acme.test"}],
            "channels": [{"name": "ops", "topic": "Operations"}],
            "oauth_apps": [
                {**app, "client_id": "111.222", "client_secret": "s", "name": "Dogwatch",
                 "bot_name": "dogwatch", "redirect_uris": ["http://127.0.0.1:1/unused"],
                 "scopes": scopes.split()}
            ],
            "tokens": [
                {**app, "token": BOT_TOKEN, "type": "bot", "user_id": BOT, "scopes": scopes.split()},
                {"token": "xoxp-alice", "type": "user", "user": "alice"},
            ],
            "signing_secret": SIGNING_SECRET,
            "strict_scopes": True,
        }
    }  # fmt: skip
    path = folder / "emulate.yaml"
    path.write_text(json.dumps(seed))
    port = free_ports()
    command = [node_program(), str(package / "dist" / "index.js"), "start", "--host", "127.0.0.1",
               "--port", str(port), "--service", "slack", "--seed", str(path)]  # fmt: skip
    return Counterpart(
        command, f"http://127.0.0.1:{port}/", folder / "emulate.log"
    ), f"http://localhost:{port}"

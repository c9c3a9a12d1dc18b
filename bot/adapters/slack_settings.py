"""What the Slack door needs to know; read by the roof, handed down as values."""

from dataclasses import dataclass, field

from domain.errors import BadInput

SLACK_API = "https://slack.com/api/"
NEEDED_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "chat:write",
        "commands",
        "files:read",
        "groups:history",
        "im:history",
        "im:write",
        "users:read",
    }
)
"""What the app's manifest asks a workspace for."""
SLACK_FILE_HOSTS = frozenset({"files.slack.com", "slack-files.com"})


@dataclass(frozen=True)
class SlackSettings:
    """Tokens, our workspace and where Slack is.

    Args:
        bot_token: `xoxb-…`.
        team_ids: Workspaces whose people may use us; nobody else is heard.
        signing_secret: Checks HTTP requests; needed unless Socket Mode is used.
        app_token: `xapp-…`; needed for Socket Mode.
        app_id: `A…`; when known, acts meant for other apps are refused.
        use_socket_mode: Slack is called by us, instead of Slack calling us.
        base_url: The Web API.
        file_hosts: The only hosts that are sent our token when a file is fetched.
        public_url: Our own address, for links on cards.
        command: The slash command that the manifest registers.
        answer_seconds: How long a submitted dialog waits for its answer; Slack itself gives up after three.
        directory_tries: Pauses before each question to the directory of people, in seconds.
    """

    bot_token: str = field(repr=False)
    team_ids: frozenset[str]
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    app_id: str = ""
    use_socket_mode: bool = False
    base_url: str = SLACK_API
    file_hosts: frozenset[str] = SLACK_FILE_HOSTS
    public_url: str = ""
    command: str = "/dogwatch"
    answer_seconds: float = 2.5
    directory_tries: tuple[float, ...] = (0.0, 1.0, 3.0, 9.0)

    def __post_init__(self) -> None:
        """Refuse settings with which nobody could be told from a stranger.

        Raises:
            BadInput: Something needed is missing; `say` names it.
        """
        if not self.team_ids:
            raise _missing("the workspace's id (T…)")
        if self.use_socket_mode and not self.app_token:
            raise _missing("the app-level token (xapp-…)")
        if not self.use_socket_mode and not self.signing_secret.strip():
            raise _missing("the signing secret")


def _missing(what: str) -> BadInput:
    return BadInput(
        f"slack settings lack {what}",
        say=f"Slack can't be connected: {what} is missing.",
        next_step="docs/connect-slack.md says where to find it.",
    )

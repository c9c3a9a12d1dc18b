"""Where somebody is reached alone: their own conversation with us, as each platform writes it."""

from domain.identity.chat import Account, Place, Platform

_BEFORE = {Platform.SLACK: "", Platform.TEAMS: "@", Platform.WEB: "dm:"}
"""What stands before an account in the name of its own conversation."""


def direct_place(account: Account) -> Place | None:
    """Return the place of an account's own conversation; None where there is none, as in a terminal."""
    if account.platform not in _BEFORE:
        return None
    channel = f"{_BEFORE[account.platform]}{account.user}"
    return Place(platform=account.platform, workspace=account.workspace, channel=channel, is_private=True)

"""The last check before bytes are committed: what is committed is what was validated, and nothing secret."""

from collections.abc import Mapping

from config_gen.documents import parse, parse_all
from config_gen.rules.validation import COMPATIBILITY, FAMILIES, validate
from config_gen.secret_scan import find_secrets
from domain.errors import BadInput
from domain.ids import FeedName

# What changes for readers is for the approver to weigh, not for a gate: else nothing could be reverted.
_BY_ITSELF_AND_BESIDE_OTHERS = tuple(family.name for family in FAMILIES if family.name != COMPATIBILITY)


def inspect(feed: FeedName, content: bytes, others: Mapping[FeedName, bytes]) -> None:
    """Return when the bytes may be committed as that feed's configuration (a `ChangeGate`).

    Raises:
        BadInput: They may not; the sentence names the first reason.
    """
    secrets = find_secrets(content.decode("utf-8", errors="replace"))
    if secrets:
        raise BadInput(
            f"{len(secrets)} secrets in the configuration of {feed}",
            say=f"Line {secrets[0].line} looks like {secrets[0].kind}, which must not reach the repository.",
            next_step="Put a reference such as vault://… there, and change the secret: people have seen it.",
        )
    config = parse(content)
    if config.feed != feed:
        raise BadInput(
            f"document of {config.feed} for {feed}",
            say=f"This configuration calls itself *{config.feed}*, but it would be stored as *{feed}*.",
            next_step="Make the two names one.",
        )
    agreed, _broken = parse_all({name: other for name, other in others.items() if name != feed})
    errors = [f for f in validate(config, agreed, families=_BY_ITSELF_AND_BESIDE_OTHERS) if f.blocks]
    if errors:
        raise BadInput(
            f"{len(errors)} errors in {feed}, first {errors[0].code} at {errors[0].place}",
            say=f"This configuration can't be merged as it stands: {errors[0].sentence}",
            next_step="Apply the fixes shown beside the findings, then propose it again.",
        )

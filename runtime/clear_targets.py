"""Refuse to send a target's credential to another machine in clear text; asked by the runner."""

from domain.errors import BadInput
from remediation.broker.targets import Targets
from runtime.private_hosts import is_ours_alone
from runtime.settings.house import Settings


def refuse_targets_in_clear_text(targets: Targets, settings: Settings) -> None:
    """Raise `BadInput` naming the first target whose credential would go to another machine in clear text."""
    for name, host in targets.in_clear_text():
        if is_ours_alone(host, settings.private_hosts):
            continue
        raise BadInput(
            f"clear text to the target {name}",
            say=f"The target {name} is on {host}, another machine, and would be sent its credential without"
            " encryption, so this runner takes no work.",
            next_step="Use https in its base_url. If only your own processes are on the network between, add"
            " the host to private_hosts.",
        )

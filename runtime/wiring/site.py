"""What the activities of a process are built from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.approval.policy import Policy
from domain.identity.chat import Place
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores


@dataclass(frozen=True)
class Site:
    """What a crew is built from."""

    settings: Settings
    stores: Stores
    policy: Callable[[], Policy]
    channels: Mapping[str, tuple[Place, ...]]
    wake: Callable[[], None]
    """Tells delivery and courier of this process that there is something to do."""

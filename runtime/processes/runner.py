"""The runner process of one environment: reads its keys, gives up root, and serves signed orders only."""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from domain.errors import BadInput
from domain.remediation.parcels import audience_of
from remediation.broker.targets import read_targets
from remediation.runner_main import RunnerSettings, give_up_root
from runtime.clear_targets import refuse_targets_in_clear_text
from runtime.keys import KeyFolder
from runtime.settings.house import Settings
from runtime.temporal_child import die_with_parent
from runtime.wiring.runner import opened_runner, serve_runner
from runtime.wiring.temporal import Connection

log = logging.getLogger("dogwatch.runner")

ORDER_KEY = "orders"


def runner_settings(settings: Settings, environment: str) -> RunnerSettings:
    """Return what the runner of an environment needs, and nothing else.

    Raises:
        BadInput: There is no public order key yet.
    """
    data = settings.data_dir.resolve()
    folder = data / "runner"
    remediation = settings.remediation
    return RunnerSettings(
        environment=environment,
        audience=audience_of(environment),
        folder=folder,
        targets_file=Path(remediation.targets_file or folder / "targets.yaml").resolve(),
        credentials_folder=Path(remediation.credentials_folder or folder / "credentials").resolve(),
        public_keys=_public_keys(data / "keys"),
    )


def run_runner(settings: Settings, environment: str, temporal_address: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    parent = os.getppid()
    wanted = runner_settings(settings, environment)
    wanted.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not wanted.targets_file.exists():
        wanted.targets_file.write_text("[]\n", encoding="utf-8")
    refuse_targets_in_clear_text(read_targets(wanted.targets_file.read_text(encoding="utf-8")), settings)
    # Read while the keys can still be read: the account that runs scripts cannot.
    connection = Connection(temporal_address, settings, KeyFolder(settings.data_dir.resolve() / "keys"))
    give_up_root(wanted, needed=(wanted.targets_file.parent, wanted.credentials_folder.parent))
    if sys.platform == "linux":
        die_with_parent(parent)  # the kernel forgets it when a process changes its account
    asyncio.run(_serve(wanted, connection))


async def _serve(wanted: RunnerSettings, connection: Connection) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = await opened_runner(wanted)

    def said(faults: tuple[str, ...]) -> None:
        _say_health(wanted.folder, faults)

    said(runner.health())
    client = await connection.wait_unless(stop)
    if client is not None:
        await serve_runner(client, runner, wanted.environment, stop, said)


def _say_health(folder: Path, faults: tuple[str, ...]) -> None:
    """Write why this runner takes no work, for its log and for `dogwatch doctor` on the same machine."""
    (folder / "health.json").write_text(json.dumps({"faults": list(faults)}), encoding="utf-8")
    for fault in faults:
        log.error("remediation is off: %s", fault)
    if not faults:
        log.info("the walls stand: remediation is on")


def _public_keys(folder: Path) -> dict[str, str]:
    path = folder / f"{ORDER_KEY}.trusted.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            f"no public order key: {type(error).__name__}",
            say="This runner has no public order key, so it would believe nobody.",
            next_step=f"Copy {path.name} from the keys folder of the front process.",
        ) from error
    return {str(name): str(key) for name, key in found.items()}

"""The database server of the tests leaves nothing behind."""

import os
from pathlib import Path

from tests.counterparts.postgres import forget_killed


def test_what_servers_of_killed_runs_left_in_memory_goes_and_no_other(tmp_path: Path) -> None:
    owners = {"killed": "4194304999", "running": str(os.getpid()), "young": "4194304999", "stopped": ""}
    for name, owner in owners.items():
        (tmp_path / f"dogwatch-postgres-{name}" / "data").mkdir(parents=True)
        if owner:
            (tmp_path / f"dogwatch-postgres-{name}" / "data" / "postmaster.pid").write_text(
                f"{owner}\n/data\n"
            )
        if name != "young":
            os.utime(tmp_path / f"dogwatch-postgres-{name}", (0, 0))
    (tmp_path / "somebody-else").mkdir()
    os.utime(tmp_path / "somebody-else", (0, 0))

    forget_killed(tmp_path)

    left = {path.name.removeprefix("dogwatch-postgres-") for path in tmp_path.iterdir()}
    assert left == {"running", "young", "somebody-else"}

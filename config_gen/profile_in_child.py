"""What the child of a profile does; nothing of it runs in the process that asked."""

import gc
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config_gen.profile import profile
from config_gen.samples.limits import Limits

# Read once before the first fork, so that no child compiles the usual patterns anew.
_REHEARSAL = "".join(
    f"{n},2024-03-{n + 10},{n + 10}.04.2024,2024-03-{n + 10}T08:15:{n}0Z,{n + 10}/04/2024 08:15,"
    f"08:{n}0:00,1.{n}5,true,DE,name {n},a{n}@example.org\n"
    for n in range(10)
).encode()


def rehearse() -> None:
    """Load what children share: each library costs a tenth of a second or more."""
    for name in (
        "fastavro",
        "numpy",
        "pyarrow.csv",
        "pyarrow.compute",
        "pyarrow.parquet",
        "python_calamine",
        "zipfile",
        "lzma",
        "bz2",
    ):
        importlib.import_module(name)
    profile(_REHEARSAL, "rehearsal.csv", Limits())


def profiled(asked: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the profile of the file at `path` as JSON."""
    gc.disable()  # a table is millions of small objects and no cycles; this process ends right after
    found = profile(Path(asked["path"]), asked["name"], Limits(**asked["limits"]), asked["sheet"])
    yield found.model_dump_json().encode("utf-8", "replace")

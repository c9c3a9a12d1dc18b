"""How much of a stranger's file is read, and where reading stops: every bound has its home here."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds on one profile; sizes are bytes unless the name says otherwise.

    `json_parts` are objects and lists: three bytes of an empty one take sixty in memory. `cells` are those
    of records that have few fields in common, where each field is empty in nearly every record.

    Without `json_keyed` records that stand under keys are parts of one, as they were to what was agreed when
    they were read so.

    A text file up to `whole_bytes` is read completely. A larger one is sampled: `head_bytes` from
    its start and `blocks` pieces of `block_bytes` spread evenly over the rest.
    """

    whole_bytes: int = 24 * MIB
    head_bytes: int = 6 * MIB
    blocks: int = 16
    block_bytes: int = MIB // 2
    records: int = 150_000
    columns: int = 5_000
    record_bytes: int = 4 * MIB
    cell_chars: int = MIB
    unpacked_bytes: int = 64 * MIB
    unpack_ratio: int = 200
    archive_entries: int = 1_000
    nested_containers: int = 2
    json_depth: int = 64
    json_keyed: bool = True
    json_parts: int = 2_000_000
    cells: int = 20_000_000
    xml_depth: int = 64
    child_memory_bytes: int = 1536 * MIB
    child_cpu_seconds: int = 30
    child_wall_seconds: float = 120.0
    """A busy machine takes several times as long for the same computing."""


DEFAULT_LIMITS = Limits()

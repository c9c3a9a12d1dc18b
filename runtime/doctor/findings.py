"""What `doctor` says of one part."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One part: is it fine, and what to do if not."""

    part: str
    is_fine: bool
    says: str

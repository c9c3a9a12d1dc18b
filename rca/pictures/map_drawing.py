"""Read a part of the map as JSON from standard input, write its picture as PNG to standard output."""

import sys

from pydantic import BaseModel, ConfigDict

from domain.investigation.diagnosis_report import MapSlice
from rca.pictures.drawing import draw_map


class MapOrder(BaseModel):
    """What is to be drawn."""

    model_config = ConfigDict(frozen=True)

    around: MapSlice
    title: str


def main() -> int:
    """Draw and return 0."""
    order = MapOrder.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(draw_map(order.around, order.title))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

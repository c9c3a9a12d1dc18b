"""Read one order of a chart as JSON from standard input, write the PNG to standard output."""

import sys

from bot.pictures.charts import draw
from bot.pictures.orders import Order


def main() -> int:
    """Draw and return 0."""
    order = Order.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(draw(order))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m runtime` is `dogwatch`."""

from runtime.cli import main

raise SystemExit(main())

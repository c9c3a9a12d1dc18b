"""What to do about trouble, safely: options, plans, dry runs, a sandbox, a runner of signed orders."""

"""`python -m consult.cli`: the command, where it is not installed."""

import sys

from consult.cli import main

sys.exit(main())

"""`python -m fairfit` is the command line."""

import sys

from fairfit.cli import main

sys.exit(main())

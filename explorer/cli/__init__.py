"""The command line: `python -m explorer train rbm --cd-k 5`. What needs torch is imported when it is needed."""

from explorer.cli.app import main

__all__ = ["main"]

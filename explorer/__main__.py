"""`generative-explorer` and `python -m explorer`; spawned workers execute this file too and find nothing to do."""

import signal
import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still loaded ends it as it does later, with a code and no traceback."""
    try:
        from explorer.cli import main as command_line
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    command_line()


if __name__ == "__main__":
    main()

"""A script run as a user runs it: in a process that has nothing of the explorer yet."""

import contextlib
import os
import runpy
import sys
import traceback


def run_script(script, said, environment):
    """Run a script on few images; what it prints, and why it fails, is written to the file `said`."""
    loaded = [name for name in sys.modules if name.partition(".")[0] == "explorer"]
    os.environ.update(environment)
    with said.open("w") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        try:
            if loaded:
                raise RuntimeError(f"not a fresh process: it has {loaded}")
            import torch

            from tests.contract.few import cut

            torch.set_num_threads(1)
            cut()
            runpy.run_path(str(script), run_name="__main__")
        except BaseException:
            traceback.print_exc()
            raise

"""How long GNU OpenMP's threads spin while they wait for each other; imported before anything that loads torch.

Beside one other busy process (a second worker, the server) an epoch of 0.6 s took 3 to 50 s; with the limit 1.2 s, and
alone still 0.6 s.
"""

import os
import sys

SPINNING = "torch" in sys.modules and "GOMP_SPINCOUNT" not in os.environ  # torch came first: too late for a limit

os.environ.setdefault("GOMP_SPINCOUNT", "1000")

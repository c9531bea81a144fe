"""A run as one zip file: exported with a script that trains it again, imported only after every file is checked.

All names stand below one folder, named by the run's id. Nothing in an archive is executed or unpickled; the script is
for its reader, and an import leaves it out.
"""

from explorer.runs.archive.export import export_run
from explorer.runs.archive.importing import import_run

__all__ = ["export_run", "import_run"]

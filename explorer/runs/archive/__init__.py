"""Runs as one zip file: exported with a script that trains each again, imported only after every file is checked.

The names of a run stand below one folder, named by its id. Nothing in an archive is executed or unpickled; the script
is for its reader, and an import leaves it out.
"""

from explorer.runs.archive.export import check_export, export_run, export_runs
from explorer.runs.archive.importing import Imported, import_run, import_runs

__all__ = ["Imported", "check_export", "export_run", "export_runs", "import_run", "import_runs"]

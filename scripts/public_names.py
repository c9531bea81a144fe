"""Write `explorer/__init__.pyi`: the public names, as type checkers and editors read them, from the registry.

    python -m scripts.public_names

To be run when a kind is added or its config class has another name.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import explorer

STUB = Path(explorer.__file__).with_suffix(".pyi")


def stub() -> str:
    """Return the text of the stub."""
    homes = sorted((explorer._HOME[name], name) for name in explorer.__all__)
    imports = [
        f"from {module} import {', '.join(name for _, name in names)}"
        for module, names in groupby(homes, key=lambda home: home[0])
    ]
    names = [f'    "{name}",' for name in explorer.__all__]
    lines = [
        "# Written by scripts/public_names.py.",
        "",
        *imports,
        "",
        "__version__: str",
        "",
        "__all__ = [",
        *names,
        "]",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    STUB.write_text(stub())
    print(f"{STUB.name}: {len(explorer.__all__)} names")

"""The browser's side of a component: the JavaScript modules and the styles in its folder under `browser/`.

Streamlit serves a folder of modules only if an installed package declares it; a clone of the project has to hand over
JavaScript as one text, in which a browser cannot resolve `import … from "./other.js"`. So the text holds the sources of
all modules that the component needs, and `browser/load.js` imports them in order, each from an address of its own. They
stay modules: nothing is changed but the names in imports, and comments on lines of their own stay behind, as the text
goes to the browser with each run of the script that changes what the component shows.
"""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_ROOT = Path(__file__).with_name("browser")
_IMPORT = re.compile(r'^((?:import|export) .*|\} )from "(\.[^"]+)";$', re.MULTILINE)
_COMMENT = re.compile(r"^ *(?:/\*\*(?:.|\n)*?\*/|//.*)\n", re.MULTILINE)


def component(name: str) -> ComponentRenderer:
    """Return the component in the folder `browser/<name>`, ready to be mounted."""
    return st.components.v2.component(
        f"explorer_{name}",
        html=f'<div class="component {name.replace("_", "-")}"></div>',
        css="".join((_ROOT / path).read_text("utf-8") for path in ("shared/controls.css", f"{name}/{name}.css")),
        js=script(_ROOT, f"{name}/{name}.js"),
    )


def script(root: Path, entry: str) -> str:
    """Return one module that exports what the module `entry` of a folder does by default.

    Raises ValueError if modules import each other in a circle.
    """
    modules: dict[str, str] = {}
    _collect(root, entry, modules, ())
    load = _source(_ROOT / "load.js")
    return f"{load}\nexport default await load({json.dumps(list(modules.items()), ensure_ascii=False)});\n"


def _collect(root: Path, name: str, modules: dict[str, str], importers: tuple[str, ...]) -> None:
    """Add a module after all that it imports, with their paths from the root in its imports."""
    if name in importers:
        raise ValueError(f"Modules import each other in a circle: {' → '.join([*importers, name])}.")
    if name in modules:
        return
    source = _source(root / name)
    for _, path in _IMPORT.findall(source):
        _collect(root, _imported(name, path), modules, (*importers, name))
    modules[name] = _IMPORT.sub(lambda found: f'{found[1]}from "module:{_imported(name, found[2])}";', source)


def _imported(importer: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), path))


def _source(path: Path) -> str:
    return _COMMENT.sub("", path.read_text("utf-8"))

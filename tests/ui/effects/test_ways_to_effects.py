"""The ways between the page of all runs, the page of effects, and a model's page."""

from explorer.models.rbm import RBMConfig
from tests.pages import button, problems, select, table
from tests.ui.effects.studies import STUDY
from tests.ui.rbms import SMALL, TOY


def ids_of(library, *changes):
    return [library.find(RBMConfig(**SMALL | change)).id for change in changes]


def value_of(test, name):
    value = test.query_params[name]
    return value[0] if isinstance(value, list) else value


def tick(test, *ids):
    listed = list(table(test)["id"])
    return select(test, *map(listed.index, ids))


def test_selected_runs_that_differ_in_one_hyperparameter_are_a_study(page, library):
    test = tick(page("pages/runs.py"), *ids_of(library, {}, {"cd_k": 2}))
    button(test, "Effects").click().run()
    assert problems(test) == []
    assert test.title[0].value == "Effects"
    shown = {name: value_of(test, name) for name in ("model", "vary", "values")}
    assert shown == {"model": "rbm", "vary": "cd_k", "values": "1,2"}


def test_runs_that_are_no_study_say_why(page, library):
    other = library.find(RBMConfig(**TOY)).id
    test = tick(page("pages/runs.py"), other, *ids_of(library, {}))
    assert button(test, "Effects").disabled
    assert "differ in more than 2 hyperparameters" in button(test, "Effects").help


def test_a_study_of_few_values_leads_to_its_runs_side_by_side(page, library):
    test = page("pages/effects.py", **STUDY | {"view": "Pictures"})
    (link,) = [link.proto for link in test.get("page_link") if "side by side" in link.proto.label]
    first, last = ids_of(library, {}, {"cd_k": 2})
    assert f"pin={first}" in link.query_string
    assert "cd_k=2" in link.query_string
    assert last not in link.query_string

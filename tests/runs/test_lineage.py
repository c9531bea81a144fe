import shutil

import pytest

from explorer.engine.inline import InlineEngine
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.library import Library
from explorer.runs.lineage import ancestors, chain
from explorer.runs.store import Store

RBM = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)
DBN = DBNConfig(dataset="bars-and-stripes", first=RBM, hidden_units=(6, 5), lower_epochs=3, epochs=4)
FINE = FineTunedDBNConfig(dataset="bars-and-stripes", base=DBN, epochs=5)
LOWER = DBN.model_copy(update={"hidden_units": (6,), "lower_epochs": 100, "epochs": 3})


def asking(config, epochs):
    return config.model_copy(update={"epochs": epochs})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A store in which all but the last of the chain are trained."""
    folder = tmp_path_factory.mktemp("lineage")
    library = Library(Store(folder / "own"), Store(folder / "shipped", shipped=True))
    InlineEngine(library).submit(DBN)
    return library


def test_a_model_that_is_built_on_none_has_no_ancestors():
    assert ancestors(RBM) == []


def test_ancestors_stand_in_the_order_in_which_they_are_trained():
    assert ancestors(FINE) == [RBM, LOWER, DBN]
    assert ancestors(DBN) == [RBM, LOWER]


def test_what_several_are_built_on_is_there_once(monkeypatch):
    twin = RBM.model_copy(update={"seed": 1})
    monkeypatch.setattr(DBNConfig, "parents", lambda self: {"below": self.first, "beside": twin})
    monkeypatch.setattr(FineTunedDBNConfig, "parents", lambda self: {"base": self.base, "first": self.base.first})
    assert ancestors(FINE) == [RBM, twin, DBN]


def test_a_chain_of_which_nothing_is_trained(library):
    links = chain(FINE, library)
    assert [link.config for link in links] == [RBM, LOWER, DBN, FINE]
    assert [(link.run, link.ready, link.reached) for link in links] == [(None, False, 0)] * 4


def test_a_chain_of_which_only_the_last_is_missing(trained):
    links = chain(FINE, trained)
    assert [link.ready for link in links] == [True, True, True, False]
    assert [link.reached for link in links] == [2, 3, 4, 0]
    assert [link.run.kind for link in links[:3]] == ["rbm", "dbn", "dbn"]
    assert links[3].run is None


def test_a_link_that_is_too_short_goes_on_from_where_it_is(trained):
    [link] = chain(asking(RBM, 9), trained)
    assert (link.ready, link.reached, link.run.epochs) == (False, 2, 2)
    [link] = chain(asking(RBM, 1), trained)
    assert (link.ready, link.reached) == (True, 2)


def test_a_link_without_its_state_would_begin_again(put, library, config):
    run = put(library.shipped)
    run.paths.resume.unlink()
    [link] = chain(asking(config, 9), library)
    assert (link.ready, link.reached, link.run.epochs) == (False, 0, 2)


def test_the_run_that_has_the_model_is_the_one_that_is_shown(put, library, config):
    put(library.shipped)
    library.own.request(config)
    [link] = chain(config, library)
    assert link.run.shipped
    assert link.ready
    [link] = chain(asking(config, 3), library)  # nobody has that
    assert not link.run.shipped
    assert not link.ready


def test_a_shipped_run_that_holds_only_its_figures_is_not_ready(put, library, config):
    shutil.rmtree(put(library.shipped).paths.snapshots)
    [link] = chain(config, library)
    assert not link.ready
    assert link.run.shipped

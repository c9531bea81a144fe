"""What is asked of a snapshot by class is of that class, or the user is told what it is instead."""

import pytest

from explorer.errors import OtherKind
from explorer.models.config import ModelConfig
from explorer.models.gaussian_rbm import GaussianRBMConfig
from explorer.models.interface import Model
from explorer.models.rbm import RBM, RBMConfig
from explorer.models.variational import VariationalModel
from explorer.ui.shelf.snapshots import key_of, model_of
from explorer.ui.state.subject import Subject
from tests.ui.rbms import SMALL


@pytest.fixture
def run(library):
    return library.find(RBMConfig(**SMALL))


@pytest.mark.parametrize("wanted", [RBM, Model])
def test_a_model_of_the_class_asked_for_is_returned(run, wanted):
    assert model_of(key_of(run, 3), wanted) is model_of(key_of(run, 3), RBM)


def test_a_model_of_another_class_is_not(run):
    with pytest.raises(OtherKind, match=f"{run.id} has a RBM where a VariationalModel is asked for"):
        model_of(key_of(run, 3), VariationalModel)


def test_a_config_is_of_the_class_asked_for_or_refused(run):
    subject = Subject(run, run.config, (3,), 3, "current", "")
    assert subject.config_as(RBMConfig) is subject.config_as(ModelConfig) is subject.config
    with pytest.raises(OtherKind, match="RBMConfig where a GaussianRBMConfig"):
        subject.config_as(GaussianRBMConfig)


def test_a_subject_knows_its_images(run):
    subject = Subject(run, run.config, (3,), 3, "current", "")
    assert (subject.shape, subject.images.shape, len(subject.classes)) == ((28, 28), (28, 28), 10)
    assert subject.shown_set == subject.images.name == "mnist-5k"

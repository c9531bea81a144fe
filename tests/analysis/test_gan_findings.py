import math

import pytest

from explorer.analysis.gan_measures import MEASURES
from explorer.models.dcgan import DCGANConfig

HEALTHY = {
    "class_entropy": 2.25,
    "duplicates": 0.02,
    "discriminator_accuracy_train": 0.85,
    "real_probability": 0.7,
    "generated_probability": 0.25,
}


def findings(figures, epoch):
    return MEASURES.findings(DCGANConfig(), figures, epoch)


def names(figures, epoch=5):
    return [finding.name for finding in findings(HEALTHY | figures, epoch)]


def test_a_healthy_run_and_one_without_figures_are_not_complained_of():
    assert names({}) == []
    assert findings({}, 5) == []
    assert names(dict.fromkeys(HEALTHY, math.nan)) == ["Not a number"]


def test_few_classes_are_mode_collapse_and_the_reason_says_how_many():
    (finding,) = findings(HEALTHY | {"class_entropy": math.log(3)}, 5)
    assert finding.name == "Mode collapse"
    assert "**1.10** nats" in finding.seen
    assert "3 of the ten digits" in finding.seen
    (finding,) = findings(HEALTHY | {"class_entropy": 0.0}, 5)
    assert "only one of the ten digits" in finding.seen


def test_many_duplicates_are_mode_collapse_though_all_classes_are_there():
    (finding,) = findings(HEALTHY | {"duplicates": 0.4}, 5)
    assert finding.name == "Mode collapse"
    assert "**40%**" in finding.seen
    assert "nats" not in finding.seen


@pytest.mark.parametrize(
    ("figures", "saturated"),
    [
        ({"discriminator_accuracy_train": 0.981}, True),
        ({"discriminator_accuracy_train": 0.979}, False),
        ({"real_probability": 0.99, "generated_probability": 0.01}, True),
        ({"real_probability": 0.99}, False),
        ({"generated_probability": 0.01}, False),
    ],
)
def test_a_discriminator_that_is_always_right_or_sure_is_saturated(figures, saturated):
    assert names(figures) == ["Saturated discriminator"] * saturated


def test_before_the_first_epoch_nothing_has_gone_wrong():
    assert names({"class_entropy": 0.0, "discriminator_accuracy_train": 1.0}, epoch=0) == []
    assert names({"class_entropy": 0.0, "discriminator_accuracy_train": 1.0}, epoch=1) == [
        "Mode collapse",
        "Saturated discriminator",
    ]

import pytest

from explorer.errors import ConfigError
from explorer.models.dcgan import DCGANConfig
from explorer.runs.ids import run_id


def test_defaults_are_the_labs_but_for_width_and_epochs():
    config = DCGANConfig()
    assert (config.image_size, config.latent_size, config.batch_size, config.epochs) == ("32", 100, 100, 40)
    assert (config.discriminator_rate, config.generator_rate, config.adam_beta1) == (2e-4, 2e-4, 0.3)
    assert config.batch_norm


def test_the_image_size_is_read_from_a_number():
    assert DCGANConfig(image_size=64) == DCGANConfig.from_values({"image_size": "64"})


def test_label_smoothing_has_no_effect_on_the_hinge_loss():
    plain, smooth = (DCGANConfig(loss="hinge", label_smoothing=s) for s in (0.0, 0.1))
    assert run_id(plain) == run_id(smooth)
    assert run_id(DCGANConfig()) != run_id(DCGANConfig(label_smoothing=0.1))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"dataset": "bars-and-stripes"}, "dataset = .bars-and-stripes. is not valid: a set of images of 28×28"),
        ({"dataset": "spiral"}, "28×28"),
        ({"image_size": "48"}, "one of 32, 64"),
        ({"width": 7}, "from 8 to 64"),
        ({"width": 65}, "from 8 to 64"),
        ({"discriminator_updates": 0}, "from 1 to 5"),
        ({"generator_updates": 6}, "from 1 to 5"),
        ({"loss": "wasserstein"}, "one of non-saturating, minimax, hinge"),
        ({"adam_beta1": 1.0}, "to 0.99"),
        ({"label_smoothing": 0.6}, "to 0.5"),
        ({"discriminator_rate": 0}, "above 0"),
    ],
)
def test_bad_configs_are_refused_with_the_range(values, message):
    with pytest.raises(ConfigError, match=message):
        DCGANConfig.from_values(values)

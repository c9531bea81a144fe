"""Commands as a user types them, for small models."""

from click.testing import CliRunner, Result

from explorer.cli import main
from explorer.models.dbn import DBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id

TOY = ["--dataset", "bars-and-stripes", "--hidden-units", "4"]
CONFIG = RBMConfig(dataset="bars-and-stripes", hidden_units=4, epochs=2)
ID = run_id(CONFIG)


def explorer(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


BELOW = ["--dataset", "bars-and-stripes", "--first-hidden-units", "4", "--first-epochs", "2"]
DBN = DBNConfig(first=CONFIG, hidden_units=(8, 6), lower_epochs=1, epochs=1)

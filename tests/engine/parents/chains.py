"""Models built on others, of four epochs and of two, and what the tests of their training share."""

from explorer.engine.checkpoint import Checkpointer
from explorer.engine.inline import InlineEngine
from explorer.models.dbn import DBNConfig
from explorer.models.fine_tuned_dbn import FineTunedDBNConfig
from explorer.models.rbm import RBMConfig
from explorer.runs.ids import run_id
from explorer.runs.library import Library
from explorer.runs.store import Store

TOY = {"dataset": "bars-and-stripes", "batch_size": 700}  # five batches, the last one smaller
RBM = RBMConfig(**TOY, hidden_units=4, persistent=True, momentum=0.5, epochs=4)  # 4: an epoch that is kept only if last
DBN = DBNConfig(**TOY, first=RBM, hidden_units=(5,), persistent=True, momentum=0.5, epochs=4)
DEEP = FineTunedDBNConfig(
    **TOY, base=DBN.model_copy(update={"hidden_units": (5, 4), "lower_epochs": 4, "epochs": 4}), epochs=3
)
DIVERGING = RBMConfig(dataset="bars-and-stripes", hidden_units=4, learning_rate=10, weight_decay=1, epochs=20)
SHORT_RBM = RBMConfig(**TOY, hidden_units=8, epochs=2)
SHORT_DBN = DBNConfig(**TOY, first=SHORT_RBM, hidden_units=(6,), epochs=2)
SHORT = FineTunedDBNConfig(**TOY, base=SHORT_DBN, epochs=2)
STAGES = [SHORT_RBM, SHORT_DBN, SHORT]
STOP_SECONDS = 1.5  # of this process's time, however busy the machine is


def asking(config, epochs):
    return config.model_copy(update={"epochs": epochs})


def tree(folder):
    """Everything about the files below a folder that a write would change."""
    return {path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in folder.rglob("*")}


def ids(store):
    return {run.id for run in store}


def shipping(library, tmp_path):
    """An engine that trains what `library` then finds among the shipped runs."""
    return InlineEngine(Library(Store(library.shipped.folder), Store(tmp_path / "none", shipped=True)))


def after_epoch(monkeypatch, config, epoch, act):
    """Do something once, when an epoch of a config's run has just been kept."""
    keep = Checkpointer.keep

    def wrapped(self, reached, *rest):
        keep(self, reached, *rest)
        if self._paths.folder.name == run_id(config) and reached == epoch:
            monkeypatch.setattr(Checkpointer, "keep", keep)
            act()

    monkeypatch.setattr(Checkpointer, "keep", wrapped)

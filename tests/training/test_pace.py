import pytest
import torch

from explorer.training import pace
from explorer.training.pace import Pace


@pytest.fixture
def waited_for(monkeypatch):
    """The numbers of the marks that were waited for, with events that only count."""
    marks, waited = [], []

    class Event:
        def __init__(self, *, blocking):
            assert blocking  # or a core is busy waiting
            self.number = len(marks)
            marks.append(self)

        def record(self):
            self.recorded = True

        def synchronize(self):
            assert self.recorded
            waited.append(self.number)

    monkeypatch.setattr(torch.cuda, "Event", Event)
    return waited


def test_a_program_waits_for_the_mark_before_the_last(waited_for):
    keeping = Pace(torch.device("cuda"))
    for step in range(5 * pace.EVERY):
        keeping.keep(step)
        ahead = step // pace.EVERY + 1 - len(waited_for)
        assert ahead <= 2
    assert waited_for == [0, 1, 2]


def test_a_cpu_is_never_behind(waited_for):
    keeping = Pace(torch.device("cpu"))
    for step in range(5 * pace.EVERY):
        keeping.keep(step)
    assert waited_for == []

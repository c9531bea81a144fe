"""The shipped classifier of digits: what is done without it."""

import pytest

from explorer.analysis.digit_classifier import digit_classifier, digit_classifier_or_none
from explorer.errors import BrokenFile


def test_a_damaged_file_is_an_error_but_not_for_a_training(tmp_path):
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"nothing of the kind")
    with pytest.raises(BrokenFile, match="train_digit_classifier"):
        digit_classifier("mnist", damaged)
    assert digit_classifier_or_none("mnist", damaged) is None
    assert digit_classifier_or_none("mnist", tmp_path / "missing") is None
    assert digit_classifier_or_none("fashion-mnist") is None
    assert digit_classifier_or_none("mnist") is digit_classifier("mnist")

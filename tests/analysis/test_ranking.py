"""Orders by a figure, against the definition and by hand."""

import numpy as np
import pytest

from explorer.analysis.ranking import counts_of, largest_first, rank_of, unit_norms


def test_the_largest_comes_first_and_equal_ones_keep_their_order():
    assert largest_first(np.array([1.0, 3.0, 3.0, -2.0])).tolist() == [1, 2, 0, 3]


def test_natural_numbers_are_ordered_too():
    assert largest_first(np.array([1, 0, 200], np.uint8)).tolist() == [2, 0, 1]


def test_what_is_no_number_comes_last():
    assert largest_first(np.array([np.nan, -1.0, 2.0])).tolist() == [2, 1, 0]


def test_ranks_count_what_is_larger():
    values = np.array([0.5, 2.0, 2.0, 1.0])
    assert [rank_of(values, place) for place in range(4)] == [4, 1, 1, 3]


def test_norms_are_those_of_each_column():
    W = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    assert unit_norms(W) == pytest.approx([sum(w**2 for w in W[:, unit]) ** 0.5 for unit in range(3)])


def test_counts_are_of_all_numbers_up_to_the_largest_or_further():
    assert counts_of(np.array([2, 0, 2])).tolist() == [1, 0, 2]
    assert counts_of(np.array([2, 0, 2]), 5).tolist() == [1, 0, 2, 0, 0]

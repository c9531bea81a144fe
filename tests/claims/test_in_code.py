"""The same of sentences in the program's code: captions, and help texts of settings and of figures."""

import pytest

from explorer.texts.claims import claims_in_code
from tests.claims.in_code import sentences_in_code
from tests.claims.sentences import plain
from tests.claims.values import value_of

CLAIMS = claims_in_code()
SENTENCES = list(dict.fromkeys(sentences_in_code()))
KNOWN = [
    plain(says) for says in (*(claim.says for claim in CLAIMS.claim), *(x for xs in CLAIMS.open.values() for x in xs))
]


def test_each_sentence_with_a_number_or_a_comparison_is_decided():
    assert [each for each in SENTENCES if not any(words in each for words in KNOWN)] == []


def test_each_claim_is_of_a_sentence_that_stands_there():
    assert [words for words in KNOWN if not any(words in each for each in SENTENCES)] == []


@pytest.mark.parametrize("claim", CLAIMS.claim, ids=[f"{claim.at}: {claim.says}"[:60] for claim in CLAIMS.claim])
def test_a_claim_is_true_of_the_runs_it_is_about(claim):
    low, high = claim.within
    assert low <= (value := value_of(claim.at, claim)) <= high, f"{claim.says}: {value:.4g}"

"""Every sentence of the pages that a number can decide is true of the shipped runs, or known to be beyond numbers."""

import pytest

from explorer.models.registry import KINDS, kind_of
from explorer.texts import sections
from explorer.texts.claims import claims_of
from tests.claims.sentences import plain, to_decide
from tests.claims.values import value_of


def texts_of(kind):
    """The texts of a kind by where they stand: a section of its page, or an experiment."""
    own = {} if KINDS[kind].page else sections(kind)
    if kind == "conv-vae":  # which has the others' texts where it has none of its own
        own = {at: text for at, text in own.items() if text != sections("vae").get(at)}
    for preset in kind_of(kind).load("presets"):  # one may have the name of a section
        own[preset.name] = f"{own.get(preset.name, '')}\n\n{preset.text}"
    return own


PAGES_OF_NO_KIND = ("effects", "home", "one-digit", "runs")
TEXTS = {kind: texts for kind in KINDS if (texts := texts_of(kind))} | {
    page: sections(page) for page in PAGES_OF_NO_KIND
}
CLAIMS = [(kind, claim) for kind in TEXTS for claim in claims_of(kind).claim]
SENTENCES = [
    (kind, at, sentence) for kind, texts in TEXTS.items() for at, text in texts.items() for sentence in to_decide(text)
]


@pytest.mark.parametrize(("kind", "at"), sorted({(kind, at) for kind, at, _ in SENTENCES}))
def test_each_sentence_with_a_number_or_a_comparison_is_decided(kind, at):
    claims = claims_of(kind)
    known = [plain(each.says) for each in (*claims.claim, *claims.open) if each.at == at]
    sentences = [sentence for each, place, sentence in SENTENCES if (each, place) == (kind, at)]
    assert [sentence for sentence in sentences if not any(words in sentence for words in known)] == []


@pytest.mark.parametrize("kind", TEXTS)
def test_each_claim_is_of_a_sentence_that_stands_there(kind):
    claims = claims_of(kind)
    said = {at: plain(text.replace("\n- ", " ")) for at, text in TEXTS[kind].items()}
    stale = [each for each in (*claims.claim, *claims.open) if plain(each.says) not in said.get(each.at, "")]
    assert stale == []


@pytest.mark.parametrize(
    ("kind", "claim"), CLAIMS, ids=[f"{kind}, {claim.at}: {claim.says}"[:70] for kind, claim in CLAIMS]
)
def test_a_claim_is_true_of_the_runs_it_is_about(kind, claim):
    low, high = claim.within
    assert low <= (value := value_of(kind, claim)) <= high, f"{claim.says}: {value:.4g}"

"""Sentences of Markdown texts, and which of them have to be decided."""

import re

DECIDABLE = re.compile(
    r"""\d|\b(
    two|three|four|five|six|seven|eight|nine|ten|hundreds?|thousands?|half|third|quarter|twice|times|dozens?|
    more|less|fewer|better|worse|larger|smaller|higher|lower|longer|shorter|faster|slower|earlier|later|nearer|
    farther|further|sharper|softer|smoother|cheaper|easier|harder|tighter|weaker|stronger|closer|than|
    most|least|best|worst|first|last|largest|smallest|highest|lowest|nearest|
    always|never|hardly|rarely|seldom|often|mostly|usually
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)


def plain(markdown):
    """The words of a text: without marks, with formulas and code left out."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", "…", markdown, flags=re.DOTALL)
    text = re.sub(r"`[^`]*`", "…", text)
    return " ".join(re.sub(r"\*+|(?<!\w)_|_(?!\w)", "", text).split())


def sentences(markdown):
    """The sentences of a text, plain, in order."""
    found = []
    for paragraph in re.split(r"\n\s*\n|\n(?=- )|\n(?=\|)", markdown):
        text = plain(paragraph).removeprefix("- ")
        found += [sentence for sentence in re.split(r"(?<=[.!?:])\s+(?=[A-Z“\"(α-ω…])", text) if sentence]
    return found


def to_decide(markdown):
    return [sentence for sentence in sentences(markdown) if DECIDABLE.search(sentence)]

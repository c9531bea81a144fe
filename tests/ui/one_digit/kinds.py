"""A small run of every kind on the built-in digits, and the page's table as a test reads it."""

from html.parser import HTMLParser

from explorer.models.registry import KINDS, kind_of
from tests.contract.tiny import tiny

DATA = {"dataset": "mnist-5k"}
RUNS = {kind: kind_of(kind).config_class().from_values(tiny(kind).values() | DATA) for kind in KINDS}
OTHER = RUNS["rbm"].model_copy(update={"hidden_units": 5})  # a second one to choose
ELSEWHERE = tiny("rbm")  # on bars and stripes, which are no digits
PICTURES = ("seen", "code", "reconstruction")


class _Rows(HTMLParser):
    """The rows of a table: texts of all cells, and the alternative texts of their pictures."""

    def __init__(self):
        super().__init__()
        self.heads, self.rows, self.alts, self._cell = [], [], [], None

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = {"label": attributes.get("data-label", ""), "title": attributes.get("title", ""), "text": []}
            self._cell |= {"sort": attributes.get("aria-sort"), "alt": "", "class": attributes.get("class", "")}
            self.rows[-1].append(self._cell)
        if tag == "img":
            assert attributes["src"].startswith("data:image/png;base64,")
            self._cell["alt"] = attributes["alt"]

    def handle_data(self, data):
        if self._cell is not None:
            self._cell["text"].append(data)

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None


def parsed(html):
    """Return the heads and the rows of a table, {short name of the kind: {column: cell}}, in order."""
    parser = _Rows()
    parser.feed(html)
    for row in parser.rows:
        for cell in row:
            cell["parts"], cell["text"] = cell["text"], " ".join(cell["text"])
    heads, *rows = parser.rows
    return heads, {row[0]["parts"][0]: {cell["label"]: cell for cell in row[1:]} for row in rows}


def table(test):
    """Return the heads and rows of the page's table."""
    (html,) = [element.proto.body for element in test.get("html") if "<table" in element.proto.body]
    return parsed(html)


def rows(test):
    return table(test)[1]


def figure(cell):
    """The number of a cell."""
    return float(cell["text"].lstrip("≥≈ ").split()[0].replace("−", "-").replace(",", ""))


def short(kind):
    return KINDS[kind].short

"""Views tie analyses and plots to widgets: what is computed stands in analysis/ or plots/, where it has a test."""

import ast
from pathlib import Path

import pytest

import explorer.ui.views

VIEWS = sorted(Path(explorer.ui.views.__file__).parent.rglob("*.py"))
ARRANGING = {  # all of NumPy that puts arrays together, or names their types
    *("array", "asarray", "arange", "broadcast_to", "concatenate", "divide", "empty", "frombuffer", "full", "linspace"),
    *("ndarray", "savez_compressed", "stack", "zeros"),
    *("float16", "float32", "float64", "floating", "generic", "int64", "uint8"),
}
HANDING_OVER = {"Generator", "Tensor", "no_grad", "tensor", "zeros"}  # all of torch that a model or analysis is given
CALCULATING = {"cmath", "math", "random", "scipy", "sklearn"}  # modules
OF_ARRAYS = {  # methods that are more than a mean, a sum, an extreme or a spread to be named in a sentence
    *("argmax", "argmin", "argsort", "cumsum", "dot", "exp", "log", "matmul", "median", "norm", "quantile", "sigmoid"),
    *("sort_values", "sqrt", "square"),
}


def mathematics(source):
    """Return (line, what) for each piece of mathematics in a module's text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="np"), attr=name) if name not in ARRANGING:
                found.append((node.lineno, f"np.{name}"))
            case ast.Attribute(value=ast.Name(id="torch"), attr=name) if name not in HANDING_OVER:
                found.append((node.lineno, f"torch.{name}"))
            case ast.Call(func=ast.Attribute(attr=name)) if name in OF_ARRAYS:
                found.append((node.lineno, f".{name}()"))
            case ast.BinOp(op=ast.MatMult()):
                found.append((node.lineno, "@"))
            case ast.Import(names=names):
                found += [(node.lineno, each.name) for each in names if each.name.partition(".")[0] in CALCULATING]
            case ast.ImportFrom(module=str(module)):
                outer = module.partition(".")[0]
                if outer in CALCULATING or (outer in ("numpy", "torch") and _names(node) - {"NDArray", "Tensor"}):
                    found.append((node.lineno, f"from {module}"))
    return found


def _names(node):
    return {each.name for each in node.names}


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: "/".join(path.parts[-2:]))
def test_views_calculate_nothing(path):
    assert mathematics(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("np.linalg.norm(W, axis=0)", "np.linalg"),
        ("np.quantile(x, 0.998)", "np.quantile"),
        ("np.random.default_rng(0).normal()", "np.random"),
        ("np.argsort(-x, kind='stable')", "np.argsort"),
        ("torch.rand(3)", "torch.rand"),
        ("float(W.norm())", ".norm()"),
        ("scores.argsort()", ".argsort()"),
        ("first @ second", "@"),
        ("import math", "math"),
        ("from scipy.stats import norm", "from scipy.stats"),
        ("from torch import sigmoid", "from torch"),
        ("from numpy.linalg import norm", "from numpy.linalg"),
    ],
)
def test_what_counts_as_mathematics_is_found(line, what):
    assert (2, what) in mathematics(f"def view(scene):\n    {line}\n")


def test_arrays_may_be_put_together_and_described():
    assert mathematics("x = np.stack([a, b])\nf'{x.mean():.2f}'\nfrom torch import Tensor\n") == []

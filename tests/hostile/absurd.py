"""Files that are what they say, JSON or tensors, and absurd: huge, deep, foreign, of the future, with marks."""

import json
import math
import struct

MARKS = "![x](http://127.0.0.1:9/x.png) **b** :red[r] $x$ <img src=x> \x00\x1b[31m\n# h"
FOREIGN = ["../../x", "rbm-000000000000", "/etc/passwd", "C:\\x", "", "rbm-0123456789ab", "a" * 10_000]
NUMBERS = [-1, -7, 0, 1, 2**31, 2**53 + 1, 10**400, 1e308, -1e308, 0.1, math.nan, math.inf, 9e9]
WHOLE = [None, True, [], {}, [[]], {"a": {"b": 1}}, MARKS, "", "0", "NaN", *FOREIGN, *NUMBERS]


def absurd_value(chance):
    """A value that may stand where any other does."""
    kind = chance.randrange(12)
    if kind == 0:
        return nested(chance.choice([3, 60, 900, 40_000]))
    if kind == 1:
        return {f"k{i}": i for i in range(chance.choice([3, 1_000, 30_000]))}
    if kind == 2:
        return [0] * chance.choice([1, 1_000, 100_000])
    return chance.choice(WHOLE)


def nested(depth):
    """A text to stand for lists within lists, which no Python object could be."""
    return f"NESTED{depth}"


def dumped(value):
    """JSON of a value, with what stands for lists within lists put in."""
    text = json.dumps(value)
    for depth in (3, 60, 900, 40_000):
        text = text.replace(f'"NESTED{depth}"', "[" * depth + "]" * depth)
    return text


def absurd_json(content, chance):
    """JSON with some values replaced, taken away, added, or put deeper."""
    value = json.loads(content)
    for _ in range(chance.choice([1, 1, 2, 4])):
        value = _changed(value, chance)
    return dumped(value).encode()


def _changed(value, chance, depth=0):
    if not isinstance(value, dict | list) or not value or chance.random() < 0.1 * depth:
        return absurd_value(chance)
    places = list(value) if isinstance(value, dict) else range(len(value))
    at = chance.choice(list(places))
    changed = value.copy()
    match chance.randrange(6):
        case 0:
            del changed[at]
        case 1 if isinstance(changed, dict):
            changed[chance.choice([MARKS, "epoch", "a" * 5_000, "parent", "__class__", ""])] = absurd_value(chance)
        case _:
            changed[at] = _changed(value[at], chance, depth + 1)
    return changed


def absurd_lines(content, chance):
    """JSON lines, of which some are absurd, doubled, in another order, cut, or very many."""
    lines = content.splitlines()
    at = chance.randrange(len(lines))
    match chance.randrange(7):
        case 0:
            lines[at] = b"[" * chance.choice([10, 100_000])
        case 1:
            lines = lines[::-1]
        case 2:
            lines = lines * chance.choice([2, 3_000])
        case 3:
            lines[at] = lines[at][: len(lines[at]) // 2]
        case 4:
            columns = {f"f{i}": i for i in range(chance.choice([150, 100_000]))}
            lines[at] = json.dumps(json.loads(lines[at]) | columns).encode()
        case 5:
            lines = [json.dumps({"epoch": i, "x": 0.5}).encode() for i in range(chance.choice([100, 50_000]))]
        case _:
            lines[at] = absurd_json(lines[at], chance)
    return b"\n".join(lines) + b"\n"


def absurd_tensors(content, chance):
    """A file of tensors with an absurd table of contents, or a table longer than the file."""
    length = struct.unpack("<Q", content[:8])[0]
    header, rest = content[8 : 8 + length], content[8 + length :]
    if chance.random() < 0.3:
        return struct.pack("<Q", chance.choice([0, 2**40, 2**63, length + 1, len(content)])) + header + rest
    header = absurd_json(header, chance)
    return struct.pack("<Q", len(header)) + header + rest


def absurd(name, content, chance):
    """The content of a file of a run, made absurd."""
    if name.endswith(".safetensors"):
        return absurd_tensors(content, chance)
    return absurd_lines(content, chance) if name.endswith(".jsonl") else absurd_json(content, chance)

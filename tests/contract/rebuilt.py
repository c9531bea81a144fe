"""Forward passes rebuilt in NumPy from an export's arrays alone, as its `weights.txt` says: ten lines each at most.

The sizes of stacks are read from the names of the arrays; what the text says of one run's activations and units stands
in a config's settings here. All take x, images as rows of grey values (for DCGANs noise), as what the model sees.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

ACT = {
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "tanh": np.tanh,
    "relu": lambda u: np.maximum(0, u),
    "linear": lambda u: u,
    "softplus": lambda u: np.log(1 + np.exp(u)),
}
sigmoid = ACT["sigmoid"]


def rbm(w, x, settings):
    return sigmoid(x @ w["W"] + w["b"]), lambda h: sigmoid(h @ w["W"].T + w["a"])


def gaussian_rbm(w, x, settings):
    s2 = np.exp(w["log_variance"]) if "log_variance" in w else settings["variance"]
    v = (x - w["pixel_mean"]) / w["pixel_std"]
    h = sigmoid(v / s2 @ w["W"] + w["b"])
    return h, lambda h: (h @ w["W"].T + w["a"]) * w["pixel_std"] + w["pixel_mean"]


def dbn(w, x, settings):
    levels = [str(n + 1) for n in range(sum(name.endswith(".a") for name in w) - 1)]
    h = x
    for n in levels:
        h = sigmoid(h @ w[f"{n}.W"] + w[f"{n}.b"])
    v = h
    for n in reversed(levels):
        v = sigmoid(v @ w.get(f"{n}.G", w[f"{n}.W"]).T + w[f"{n}.a"])
    return sigmoid(h @ w["top.W"] + w["top.b"]), v


def autoencoder(w, x, settings):
    depth, act = sum(name.startswith("encoder") and name.endswith("W") for name in w), ACT[settings["activation"]]
    for n in range(depth):
        x = x @ w[f"encoder.{n}.W"] + w[f"encoder.{n}.b"]
        x = x if n == depth - 1 and settings["linear_code"] else act(x)
    code = x
    for n in range(depth):
        W = w.get(f"decoder.{n}.W", w[f"encoder.{depth - 1 - n}.W"].T)
        x = (act if n < depth - 1 else ACT[settings["output"]])(x @ W + w[f"decoder.{n}.b"])
    return code, x


def classifier(w, x, settings):
    depth = sum(name.startswith("encoder") for name in w) // 2
    for n in range(depth):
        x = x @ w[f"encoder.{n}.W"] + w[f"encoder.{n}.b"]
        x = x if n == depth - 1 and settings["linear_code"] else sigmoid(x)
    e = np.exp(x @ w["output.W"] + w["output.b"])
    return e / e.sum(axis=1, keepdims=True), None


def vae(w, x, settings):
    def through(side, h):
        count = sum(name.startswith(side) for name in w) // 2
        for n in range(count - 1):
            h = ACT[settings["activation"]](h @ w[f"{side}.{n}.W"] + w[f"{side}.{n}.b"])
        return h @ w[f"{side}.{count - 1}.W"] + w[f"{side}.{count - 1}.b"]

    mu, log_variance = np.split(through("encoder", x), 2, axis=1)
    return (mu, log_variance), sigmoid(through("decoder", mu))[:, : x.shape[1]]


def convolve(x, W, b, s, p):
    k = W.shape[-1]
    patches = sliding_window_view(np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))), (k, k), axis=(2, 3))[:, :, ::s, ::s]
    return np.einsum("bcijkl,dckl->bdij", patches, W) + b[:, None, None]


def grow(x, W, b, s, p, side):
    y = np.zeros((len(x), W.shape[1], side + 2 * p + W.shape[2], side + 2 * p + W.shape[2]))
    for i, j in np.ndindex(x.shape[2:]):
        y[:, :, s * i : s * i + W.shape[2], s * j : s * j + W.shape[3]] += np.einsum("bc,cdkl->bdkl", x[:, :, i, j], W)
    return y[:, :, p : p + side, p : p + side] + b[:, None, None]


def conv_vae(w, x, settings):
    side, relu = int(x.shape[1] ** 0.5), ACT["relu"]
    h = x.reshape(-1, 1, side, side)
    for n in (1, 2):
        h = relu(convolve(h, w[f"encoder.conv{n}.W"], w[f"encoder.conv{n}.b"], 2, 1))
    mu, log_variance = np.split(h.reshape(len(x), -1) @ w["encoder.dense.W"] + w["encoder.dense.b"], 2, axis=1)
    h = relu(mu @ w["decoder.dense.W"] + w["decoder.dense.b"]).reshape(len(x), -1, side // 4, side // 4)
    for n, s, size in ((1, 2, side // 2), (2, 2, side), (3, 1, side)):
        h = grow(relu(h) if n > 1 else h, w[f"decoder.conv{n}.W"], w[f"decoder.conv{n}.b"], s, 1, size)
    return (mu, log_variance), sigmoid(h[:, 0].reshape(len(x), -1))


def normalised(w, name, y):
    p = {part: w[f"{name}.{part}"][:, None, None] for part in ("mean", "variance", "scale", "shift")}
    return (y - p["mean"]) / np.sqrt(p["variance"] + 1e-5) * p["scale"] + p["shift"]


def dcgan(w, z, settings):
    h, leaky = z[:, :, None, None], lambda u: np.where(u > 0, u, 0.2 * u)
    for n, side in enumerate([4 * 2**i for i in range(sum("generator" in name and name[-1] == "W" for name in w))]):
        name, (s, p) = f"generator.{n}", (2, 1) if n else (1, 0)
        W = w[f"{name}.W"]
        y = grow(leaky(h) if n else h, W, w.get(f"{name}.b", np.zeros(W.shape[1])), s, p, side)
        h = normalised(w, name, y) if f"{name}.scale" in w else y
    return None, (np.tanh(h[:, 0]) + 1) / 2


def discriminator(w, x, settings):
    h, leaky = 2 * x[:, None] - 1, lambda u: np.where(u > 0, u, 0.2 * u)
    depth = sum("discriminator" in name and name[-1] == "W" for name in w)
    for n in range(depth):
        name, (s, p) = f"discriminator.{n}", (2, 1) if n < depth - 1 else (1, 0)
        y = convolve(leaky(h) if n else h, w[f"{name}.W"], w.get(f"{name}.b", np.zeros(len(w[f"{name}.W"]))), s, p)
        h = normalised(w, name, y) if f"{name}.scale" in w else y
    return sigmoid(h.ravel()), None

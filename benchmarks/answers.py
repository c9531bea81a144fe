"""How long a new setting takes in the app, from the press of Train to its first picture and to its last figure.

    python -m benchmarks.answers              # a few minutes, loopback only, ends by itself; needs Chromium

Ten epochs of the 4,000 digits that come with the app, on its own workers, warm. A browser opens the page at a setting
that nobody has trained and presses Train; medians over seeds. "First picture": the page shows the new run. "Done": it
says so. "All figures": the last one is on disk, with and without those that take long.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import Page

from benchmarks.app import WARMING, app, browser_page
from benchmarks.report import section
from explorer.analysis.measures import Measures
from explorer.engine.heavy import missing_figures
from explorer.models.config import text_of
from explorer.models.registry import KINDS
from explorer.runs.ids import run_id
from explorer.runs.store import Store

EPOCHS, SEEDS = 10, 5
NEAREST = "Shown is the nearest trained run"  # says the page until it shows the new one


@dataclass(frozen=True)
class Setting:
    """A page at a setting, and the goals in seconds: first picture, done, all figures but the long ones."""

    kind: str
    options: Mapping[str, object]
    goals: tuple[float, float, float] | None


SETTINGS = {
    "RBM": Setting("rbm", {}, (0.7, 1.6, 5)),
    "autoencoder": Setting("autoencoder", {}, (0.7, 1.6, 5)),
    "VAE, 2 latents": Setting("vae", {"latent_size": 2}, (0.9, 3, 10)),
    "VAE, 20 latents": Setting("vae", {}, (0.9, 3, 10)),
    "DBN from nothing": Setting("dbn", {"first.epochs": EPOCHS}, (0.9, 3.5, 10)),
    "DCGAN of width 8": Setting("dcgan", {"width": 8}, None),
}


@dataclass(frozen=True)
class Answer:
    """Seconds since the press of Train."""

    picture: float
    done: float
    most: float
    all: float


def answer(page: Page, address: str, store: Store, setting: Setting, seed: int) -> Answer:
    """Train a setting from its page in the browser; `seed` makes it a new one, as are the models it is built on."""
    options = {"dataset": "mnist-5k", "epochs": EPOCHS, "seed": seed} | setting.options
    config = KINDS[setting.kind].config_class().from_values(options)
    parents = {name: seed for name in config.values() if name.endswith(".seed")}
    config = type(config).from_values(options | parents)
    parameters = {name: text_of(value) for name, value in config.values().items()}
    page.goto(f"{address}/{setting.kind}?{urlencode(parameters)}")
    button, another = page.get_by_role("button", name=f"Train {EPOCHS} epochs"), page.get_by_text(NEAREST)
    button.wait_for()
    another.wait_for()
    page.wait_for_timeout(1500)  # until the page stands
    button.click()
    pressed = time.perf_counter()
    another.wait_for(state="hidden")
    picture = time.perf_counter() - pressed
    page.get_by_text(f"Trained, {EPOCHS} epochs").first.wait_for()
    done = time.perf_counter() - pressed
    run = store.run(run_id(config))
    measures: Measures = KINDS[setting.kind].load("measures")
    long = {each.name for each in measures.heavy(config) if each.long}

    def seconds_until_only(left: set[str]) -> float:
        while {each.name for each in missing_figures(run)} - left:
            time.sleep(0.05)
        return time.perf_counter() - pressed

    return Answer(picture, done, seconds_until_only(long), seconds_until_only(set()))


def main() -> None:
    """Start a server and a browser, ask for all settings, print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=SEEDS)
    options.add_argument("--settings", nargs="*", choices=SETTINGS, default=SETTINGS)
    given = options.parse_args()
    rows = [["", "first picture", "done", "all figures but the long ones", "all figures", "goal"]]
    with app() as served, browser_page() as page:
        page.goto(f"{served.address}/rbm")
        page.wait_for_timeout(WARMING * 1000)
        for name in given.settings:
            setting = SETTINGS[name]
            store, seeds = Store(served.store), range(901, 901 + given.seeds)
            found = [answer(page, served.address, store, setting, seed) for seed in seeds]
            figures = [median(getattr(each, part) for each in found) for part in ("picture", "done", "most", "all")]
            goals = ", ".join(f"≤ {goal:g}" for goal in setting.goals) + " s" if setting.goals else ""
            rows.append([name, *(f"{seconds:.1f} s" for seconds in figures), goals])
            print(rows[-1], file=sys.stderr)
    text = (
        f"From the press of Train to {EPOCHS} epochs of 4,000 images, in a browser, on the app's own warm workers; "
        f"medians of {given.seeds} seeds.\n"
        "The long ones are log Z, log p(x) by a grid of latents, and the quality of a GAN's samples."
    )
    print(section("answers", "A new setting on the built-in digits", text, rows))


if __name__ == "__main__":
    main()

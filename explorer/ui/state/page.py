"""What a model page shows, kept in the session and in the URL, so that a link reproduces the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.data.catalogue import default_name
from explorer.models.config import ModelConfig, default_values, origin_in, text_of
from explorer.models.config.values import MOST_EPOCHS
from explorer.models.registry import kind_of
from explorer.presets.preset import Preset
from explorer.runs.ids import run_id
from explorer.ui.state.address import PIN, Addressed, Parameters, arrival_at, shown_parameters
from explorer.ui.state.choices import Choices
from explorer.ui.state.places import MOST_PINS, TOO_MANY
from explorer.ui.state.values import read_values

VIEW, EPOCH, PRESET = "view", "epoch", "preset"  # with PIN the URL's parameters beside the config's fields
EPOCH_DIGITS = 6


@dataclass
class PageState(Addressed):
    """The state of one kind's page in one session."""

    config_class: type[ModelConfig]
    values: dict[str, Any]
    view: str | None = None
    epoch: int | None = None  # None: the newest snapshot up to the epochs asked for
    pins: tuple[str, ...] = ()  # in order, each "<run id>" or "<run id>@<epoch>"; at most as many as there are places
    preset: str | None = None
    at_rest: str = ""  # the run and epoch, as in a pin, that were shown last but for what trains or began by itself
    moved: bool = False  # the user has changed a hyperparameter since the address was read or an experiment opened
    choices: Choices = field(default_factory=Choices)  # of the view

    @property
    def kind(self) -> str:
        """The name of the kind."""
        return self.config_class.kind

    @property
    def pin(self) -> str | None:
        """The first pin; to set it is to have no other."""
        return self.pins[0] if self.pins else None

    @pin.setter
    def pin(self, pin: str | None) -> None:
        self._pin(*filter(None, [pin]))

    def add_pin(self, pin: str) -> None:
        """Pin one run more; where there is no place for it, that is reported instead."""
        if pin not in self.pins and len(self.pins) >= MOST_PINS:
            self.problems = [f"{TOO_MANY}: unpin one of them first."]
            return
        self._pin(*self.pins, pin)

    def drop_pin(self, pin: str) -> None:
        """Leave one pin out; those after it move up."""
        self._pin(*(each for each in self.pins if each != pin))

    def _pin(self, *pins: str) -> None:
        self.pins = tuple(dict.fromkeys(pins))
        self.problems = [problem for problem in self.problems if not problem.startswith(TOO_MANY)]

    @property
    def presets(self) -> tuple[Preset, ...]:
        """The experiments of the kind."""
        return kind_of(self.kind).load("presets")  # type: ignore[no-any-return]

    @property
    def experiment(self) -> Preset | None:
        """The experiment that the page was opened with, also after settings were changed."""
        return next((preset for preset in self.presets if preset.name == self.preset), None)

    @property
    def has_left(self) -> bool:
        """Whether there is no experiment, or its settings were changed since."""
        return self.experiment is None or self.values != self.values_of(self.experiment)

    def values_of(self, preset: Preset) -> dict[str, Any]:
        """Return all hyperparameters of an experiment's run."""
        return self.config_class.from_values(default_values(self.config_class) | dict(preset.settings)).values()

    @property
    def epoch_asked_for(self) -> int:
        """The epoch to show, if there is a snapshot of it: the one chosen, or the last one of the settings."""
        return int(self.values["epochs"]) if self.epoch is None else self.epoch

    @property
    def config(self) -> ModelConfig:
        """The config that the controls describe.

        Raises:
            ConfigError: two of the values do not fit together.
        """
        return self.config_class.from_values(self.values).to_train()

    @property
    def partner(self) -> ModelConfig | None:
        """The config of the run that the experiment compares with, while that is one of those pinned."""
        preset = self.experiment
        if preset is None or preset.pinned is None or not self.pins:
            return None
        config = self.config_class.from_values(default_values(self.config_class) | dict(preset.pinned))
        return config if run_id(config) in (pin.partition("@")[0] for pin in self.pins) else None

    def set_values(self, values: dict[str, Any]) -> None:
        """Take over hyperparameters; the epoch shown follows the new run."""
        self.values |= values
        self.epoch = None
        self.problems = []

    def take(self, name: str, value: object) -> None:
        """Take over one hyperparameter as a user gave it; typed sizes that are not valid are reported instead.

        The value that the state has already is no user's: the browser repeats what its widget was set to.
        """
        if value == self.values[name]:
            return
        if isinstance(value, str):
            known, problems = read_values(self.config_class, {"dataset": self.values["dataset"], name: value})
            if problems:
                self.problems = problems
                return
            value = known[name]
        self.moved = True
        self.set_values({name: value})
        if name == "start" and (origin := origin_in(str(value))):
            self.values["epochs"] = epochs_beyond(origin.epoch, self.values["epochs"])

    def _take_over(self, parameters: Parameters) -> None:
        self.choices.take_over(parameters)
        beside = {VIEW, EPOCH, PIN, PRESET, *self.choices.texts}
        given = {name: text for name, text in parameters.items() if name not in beside}
        self.values, self.problems = read_values(self.config_class, given)
        self.view, self.preset, self.moved = parameters.get(VIEW), None, False
        self._read_pins(parameters.get(PIN, ""))
        self._read_preset(parameters.get(PRESET), alone=not given and not self.pins)
        self.view = parameters.get(VIEW) or self.view
        epoch = parameters.get(EPOCH, "")
        self.epoch = parse_epoch(epoch)
        if epoch and self.epoch is None:
            self.problems.append(f"epoch = {epoch[:20]!r} is not valid: a whole number of at most six digits.")

    def _read_pins(self, text: str) -> None:
        named = tuple(dict.fromkeys(filter(None, text.split(","))))
        self._pin(*named[:MOST_PINS])
        if len(named) > MOST_PINS:
            self.problems.append(f"{TOO_MANY}; the link names {len(named)}, of which the first {MOST_PINS} are shown.")

    def apply(self, preset: Preset) -> None:
        """Open an experiment: its settings, its view, and the run to compare with, pinned."""
        defaults = default_values(self.config_class)
        self.moved = False
        self.set_values(self.values_of(preset))
        self.preset, self.view, self.pin = preset.name, preset.view or self.view, None
        if preset.pinned is not None:
            pinned = self.config_class.from_values(defaults | dict(preset.pinned))
            self.pin = f"{run_id(pinned)}@{pinned.epochs}"

    def _read_preset(self, name: str | None, *, alone: bool) -> None:
        """Take a preset's name from the URL: without settings it opens the preset, with them it only explains them."""
        preset = next((p for p in self.presets if p.name == name), None)
        if preset and alone:
            self.apply(preset)
        elif preset:
            self.preset = preset.name
        elif name:
            self.problems.append(f"preset = {name!r} is not valid: one of {', '.join(p.name for p in self.presets)}.")

    def address(self) -> Parameters:
        """Return the URL's parameters: the data set, what differs from the defaults, and what is shown of it."""
        shown = {VIEW: self.view, EPOCH: self.epoch, PIN: ",".join(self.pins) or None, PRESET: self.preset}
        of_page = {name: text_of(value) for name, value in shown.items() if value is not None}
        return parameters_of(self.config_class, self.values) | of_page | self.choices.texts

    def write_address(self) -> None:
        """Put the state into the browser's address bar, with what is chosen on the view that was drawn."""
        self.choices.collect()
        super().write_address()


def parameters_of(config_class: type[ModelConfig], values: Mapping[str, Any]) -> Parameters:
    """Return the URL's parameters of hyperparameters: the data set, and what differs from the defaults."""
    defaults = default_values(config_class)
    return {n: text_of(v) for n, v in values.items() if n == "dataset" or v != defaults[n]}


def page_state(config_class: type[ModelConfig]) -> PageState:
    """Return this session's state of a kind's page, brought up to date with the URL."""
    kind = config_class.kind
    state: PageState = st.session_state.setdefault(_key(kind), PageState(config_class, default_values(config_class)))
    state.choices.begin()
    state.read_address(shown_parameters(), arrival_at(kind))
    return state


def as_left(kind: str) -> Parameters:
    """Return the URL's parameters of a kind's page as this session has left it, or of a page that nobody has opened."""
    state: PageState | None = st.session_state.get(_key(kind))
    return state.address() if state else {"dataset": default_name()}


def _key(kind: str) -> str:
    return f"page state of {kind}"


def epochs_beyond(first: int, asked_for: int) -> int:
    """Return the epochs asked for if they are beyond the first, or else as many more."""
    return asked_for if asked_for > first else min(first + asked_for, MOST_EPOCHS)


def parse_epoch(text: str) -> int | None:
    """Return the epoch that a text from a URL names, or None if it names none."""
    return int(text) if text.isdecimal() and len(text) <= EPOCH_DIGITS else None


def set_widget(key: str, value: object) -> None:
    """Make the widget of this key show a value that something else owns; the last word is the user's.

    Writing it unasked would move the widget back under a user who is already a step further.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value

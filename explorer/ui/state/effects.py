"""What the page of effects shows: a study of one kind, kept in the session and in the URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ConfigError, InvalidStudy
from explorer.models.config import ModelConfig, default_values, text_of
from explorer.models.registry import KINDS, kind_of
from explorer.runs.study import Axis, Study, axis_of
from explorer.ui.state.address import Addressed, Parameters, arrival_at, shown_parameters
from explorer.ui.state.choices import Choices, Read, one_of
from explorer.ui.state.page import parameters_of
from explorer.ui.state.values import read_values
from explorer.ui.state.varied import common_epochs, first_to_vary, to_vary, usual_axis
from explorer.ui.wording import plain

PAGE = "effects"
MODEL, SEEDS, VIEW = "model", "seeds", "view"  # the URL's parameters beside a config's fields; none is called so
VARIED = (("vary", "values"), ("and", "and-values"))  # of each hyperparameter that is varied: its name, its values
MOST_SEEDS, MOST_VALUES = 10, 12
_KEY = "page state of effects"


@dataclass
class EffectsState(Addressed):
    """The state of the page in one session."""

    kind: str
    values: dict[str, Any]  # of all hyperparameters, those varied too
    axes: tuple[Axis, ...]  # one or two
    seeds: int = 1
    view: str | None = None
    choices: Choices = field(default_factory=Choices)  # of the view

    @property
    def config_class(self) -> type[ModelConfig]:
        """The class of the kind's configs."""
        return kind_of(self.kind).config_class()

    @property
    def study(self) -> Study:
        """The study that the controls describe.

        Raises:
            ConfigError: no combination of its values fits together.
            InvalidStudy: there are too many.
        """
        first: ConfigError | None = None
        varied = Study(self.config_class(), self.axes, tuple(range(self.seeds)))
        for cell in varied.cells:
            names = (axis.name for axis in self.axes)
            try:
                base = self.config_class.from_values(self.values | dict(zip(names, cell, strict=True)))
            except ConfigError as error:
                first = first or error
            else:
                return Study(base, self.axes, varied.seeds)
        raise first or InvalidStudy("A study needs values.")

    def take_kind(self, kind: str) -> None:
        """Begin with what is trained of another kind, on the same data set if it may be."""
        self.kind, self.choices = kind, Choices()
        dataset = {"dataset": self.values["dataset"]}
        self.values, self.problems = read_values(self.config_class, dataset)
        self.begin_with(first_to_vary(self.config_class, self.values))

    def begin_with(self, name: str) -> None:
        """Vary one hyperparameter, over the values of which something is trained, and as far as that is."""
        self.axes = (usual_axis(to_vary(self.config_class)[name], self.values, self.kind),)
        self.values["epochs"] = common_epochs(self.config_class, self.values, self.axes) or self.values["epochs"]

    def vary(self, place: int, name: str | None) -> None:
        """Vary another hyperparameter at a place, or, at the second, none."""
        if place == 0:
            other = [axis for axis in self.axes[1:] if axis.name != name]
            self.begin_with(str(name))
            self.axes = (*self.axes, *other)
        else:
            axis = [usual_axis(to_vary(self.config_class)[name], self.values, self.kind)] if name else []
            self.axes = (self.axes[0], *axis)

    def take_values(self, place: int, texts: Sequence[str]) -> None:
        """Take over the values of a hyperparameter, as texts; what is not valid is reported instead."""
        name = self.axes[place].name
        try:
            axis = axis_of(self.config_class, name, texts)
        except ConfigError as error:
            self.problems = [str(problem) for problem in error.problems]
            return
        self.problems = [] if axis.values else ["A study needs at least one value."]
        if axis.values:
            axes = list(self.axes)
            axes[place] = in_order(axis)
            self.axes = tuple(axes)

    def take(self, name: str, value: Any) -> None:
        """Take over a setting that all runs share."""
        self.values[name] = value

    def reset(self) -> None:
        """Set all that is not varied back to the defaults, but for the data set and the epochs."""
        kept = ("dataset", "epochs")
        self.values = default_values(self.config_class) | {name: self.values[name] for name in kept}

    def linked(
        self, name: str, default: object, read: Read, text: Callable[[Any], str] = text_of, *, shared_key: str = ""
    ) -> str:
        """Return the key of what a user chooses on the page, and make it part of the link; see `Scene.linked`."""
        key = shared_key or self.key(name)
        if problem := self.choices.link(name, key, default, read, text, shared=bool(shared_key)):
            st.warning(plain(problem), icon=":material/warning:")
        return key

    def key(self, name: str) -> str:
        """Return a widget key of this page."""
        return f"{PAGE} {self.kind} {name}"

    def address(self) -> Parameters:
        """Return the URL's parameters: the study, and what is shown of it."""
        named = {MODEL: self.kind, SEEDS: str(self.seeds)} | ({VIEW: self.view} if self.view else {})
        for (vary, values), axis in zip(VARIED, self.axes, strict=False):
            named |= {vary: axis.name, values: ",".join(map(text_of, axis.values))}
        varied = [axis.name for axis in self.axes]
        shared = {name: value for name, value in self.values.items() if name not in varied}
        return (
            named
            | parameters_of(self.config_class, shared)
            | {"epochs": str(self.values["epochs"])}
            | self.choices.texts
        )

    def write_address(self) -> None:
        """Put the state into the browser's address bar, with what is chosen on the view that was drawn."""
        self.choices.collect()
        super().write_address()

    def _take_over(self, parameters: Parameters) -> None:
        self.choices.take_over(parameters)
        self.problems = []
        kind = parameters.get(MODEL, "")
        if kind and kind not in KINDS:
            self.problems.append(f"{MODEL} = {kind!r} is not valid: one of {', '.join(KINDS)}.")
        self.kind = kind if kind in KINDS else self.kind
        own = {MODEL, SEEDS, VIEW, *(name for pair in VARIED for name in pair), *self.choices.texts}
        self.values, wrong = read_values(self.config_class, {n: t for n, t in parameters.items() if n not in own})
        self.problems += wrong
        self.values["seed"] = default_values(self.config_class)["seed"]  # a study has seeds of its own
        self.view = parameters.get(VIEW)
        self._take_over_seeds(parameters.get(SEEDS, "1"))
        self._take_over_axes(parameters)
        if "epochs" not in parameters:
            self.values["epochs"] = common_epochs(self.config_class, self.values, self.axes) or self.values["epochs"]

    def _take_over_seeds(self, text: str) -> None:
        valid = text.isdecimal() and len(text) < 4 and 1 <= int(text) <= MOST_SEEDS
        self.seeds = int(text) if valid else 1
        if not valid:
            self.problems.append(f"{SEEDS} = {text[:20]!r} is not valid: a whole number from 1 to {MOST_SEEDS}.")

    def _take_over_axes(self, parameters: Mapping[str, str]) -> None:
        possible, axes = to_vary(self.config_class), list[Axis]()
        for vary, values in VARIED:
            name = parameters.get(vary)
            if name is None:
                continue
            if name not in possible or name in [axis.name for axis in axes]:
                self.problems.append(f"{vary} = {name[:40]!r} is not valid: one of {', '.join(possible)}.")
                continue
            axes.append(self._axis(name, parameters.get(values)))
        first = partial(first_to_vary, self.config_class, self.values)
        self.axes = tuple(axes) or (usual_axis(possible[first()], self.values, self.kind),)

    def _axis(self, name: str, texts: str | None) -> Axis:
        """Return a hyperparameter with the values of a URL, or those it begins with where there are none."""
        usual = partial(usual_axis, to_vary(self.config_class)[name], self.values, self.kind)
        if texts is None:
            return usual()
        given = [text.strip() for text in texts.split(",") if text.strip()]
        if len(given) > MOST_VALUES:
            self.problems.append(f"{name} has {len(given)} values: the first {MOST_VALUES} are taken.")
        try:
            axis = axis_of(self.config_class, name, given[:MOST_VALUES])
        except ConfigError as error:
            self.problems += map(str, error.problems)
            return usual()
        return axis if axis.values else usual()


def in_order(axis: Axis) -> Axis:
    """Return an axis with its values ascending; texts keep their order."""
    values = axis.values if any(isinstance(value, str) for value in axis.values) else tuple(sorted(axis.values))
    return Axis(axis.name, values)


def pick_second(state: EffectsState) -> str | None:
    """Draw the choice of the second hyperparameter's value where only one can be shown; None if there is no second."""
    if len(state.axes) < 2:
        return None
    texts = list(map(text_of, state.axes[1].values))
    title = to_vary(state.config_class)[state.axes[1].name].full_title
    key = state.linked("second value", texts[0], one_of(texts))
    if st.session_state.get(key) not in texts:
        st.session_state[key] = texts[0]
    return str(st.segmented_control(title, texts, key=key, required=True))


def effects_state() -> EffectsState:
    """Return this session's state of the page, brought up to date with the URL."""
    state: EffectsState | None = st.session_state.get(_KEY)
    if state is None:
        config_class = kind_of("rbm").config_class()
        values = default_values(config_class)
        state = EffectsState("rbm", values, ())
        state.begin_with(first_to_vary(config_class, values))
        st.session_state[_KEY] = state
    state.choices.begin()
    state.read_address(shown_parameters(), arrival_at(PAGE))
    return state


def link_to(study: Study) -> Parameters:
    """Return the URL's parameters that show a study.

    Raises:
        InvalidStudy: it has more values or seeds than the page shows.
    """
    seeds = max(study.seeds) + 1
    if seeds > MOST_SEEDS:
        raise InvalidStudy(
            f"The page of effects shows the seeds 0 to {MOST_SEEDS - 1}, and one of these runs has {seeds - 1}."
        )
    if any(len(axis.values) > MOST_VALUES for axis in study.axes):
        raise InvalidStudy(f"The page of effects shows at most {MOST_VALUES} values of a hyperparameter.")
    return EffectsState(study.base.kind, study.base.values(), tuple(map(in_order, study.axes)), seeds).address()


def effects_as_left() -> Parameters:
    """Return the URL's parameters of the page as this session has left it."""
    state: EffectsState | None = st.session_state.get(_KEY)
    return state.address() if state else {}

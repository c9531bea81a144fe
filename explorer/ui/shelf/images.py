"""Test images for the views, also where a run's own data set is not on this machine."""

from __future__ import annotations

import streamlit as st

from explorer.data.catalogue import CATALOGUE, load
from explorer.data.images import ImageSet
from explorer.errors import DataMissing

STAND_IN = {"mnist": "mnist-5k"}  # the same digits, fewer of them


def test_images(dataset: str) -> ImageSet:
    """Return the data set whose test images the views show.

    Raises:
        DataMissing: the set is not on this machine and no other has the same kind of images.
    """
    return _loaded(dataset, CATALOGUE[dataset].available)


def shown_set(dataset: str) -> str:
    """Return the data set whose images are shown for this one at present: part of the key of what depends on them."""
    return dataset if CATALOGUE[dataset].available else STAND_IN.get(dataset, dataset)


def background_of(dataset: str) -> int:
    """Return the grey value of the background of the images that are shown for a data set; black where there are none.

    A model can be looked at without its images, too.
    """
    try:
        return test_images(dataset).background
    except DataMissing:
        return 0


def stand_in_note(dataset: str) -> str | None:
    """Return a sentence for the user if other images stand in for the data set's own."""
    if CATALOGUE[dataset].available or dataset not in STAND_IN:
        return None
    return (
        f"{CATALOGUE[dataset].title} is not on this machine: the digits shown are from the 1,000 built-in test digits."
    )


def _loaded(dataset: str, available: bool) -> ImageSet:
    if available:
        return load(dataset)
    if dataset in STAND_IN:
        return load(STAND_IN[dataset])
    raise DataMissing(f"{CATALOGUE[dataset].title} is not on this machine; its digits cannot be shown.")


def note_stand_ins(datasets: set[str]) -> None:
    """Tell the user, once per page, which images stand in for others."""
    for note in filter(None, map(stand_in_note, sorted(datasets))):
        st.caption(f":material/info: {note}")

"""Trainings and measurements as tasks of Dask. The only package that imports dask."""

from explorer.engine.dask.engine import DaskEngine

__all__ = ["DaskEngine"]

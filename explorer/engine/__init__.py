"""Where training happens: in this process, or on the workers of a Dask cluster."""

"""The views of model pages: each ties an analysis and plots to widgets."""

"""Arrays in, pictures and figures out. Nothing here knows models, runs or pages."""

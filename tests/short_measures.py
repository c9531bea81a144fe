"""Heavy measures made light, for tests in which the value of a likelihood does not matter."""


def shorten_ais(monkeypatch):
    """Let AIS have few short chains."""
    for name, value in {"BETAS": 10, "PILOT_BETAS": 10, "SETTLING": 5, "CHAINS": (20, 20)}.items():
        monkeypatch.setattr(f"explorer.analysis.ais.{name}", value)
    for name, value in {"COOLED": 20, "STEPS": 10, "CLIMBS": 5}.items():
        monkeypatch.setattr(f"explorer.analysis.peaks.{name}", value)


def shorten_quadrature(monkeypatch):
    """Let the grid over one or two latents be coarse."""
    monkeypatch.setattr("explorer.models.variational.VariationalModel.quadrature_step", 0.5)
    monkeypatch.setattr("explorer.models.conv_vae.ConvVAE.quadrature_step", 0.5)

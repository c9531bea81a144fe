"""AIS by few short chains, for tests in which the value of log Z does not matter."""


def shorten_ais(monkeypatch):
    for name, value in {"BETAS": 10, "PILOT_BETAS": 10, "SETTLING": 5, "CHAINS": (20, 20)}.items():
        monkeypatch.setattr(f"explorer.analysis.ais.{name}", value)
    monkeypatch.setattr("explorer.analysis.peaks.CLIMBS", 5)

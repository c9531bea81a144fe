"""The study that the tests of the page of effects show."""

STUDY = {"model": "rbm", "vary": "cd_k", "values": "1,2", "dataset": "mnist-5k", "hidden_units": "9", "epochs": "3"}

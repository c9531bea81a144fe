"""The settings of the small RBMs that the tests of pages have trained."""

SMALL = {"dataset": "mnist-5k", "hidden_units": 9, "epochs": 3}
TOY = {"dataset": "bars-and-stripes", "hidden_units": 16, "epochs": 5, "persistent": True}

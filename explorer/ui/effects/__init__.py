"""The page of effects: one hyperparameter, or two, over their values."""

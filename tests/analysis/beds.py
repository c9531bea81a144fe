"""What a model is measured on."""

import torch

from explorer.analysis.measures import TestBed as Bed
from explorer.data.catalogue import load


def bed_of(config, seed=0):
    images = load(config.dataset)
    train, test = torch.tensor(images.train), torch.tensor(images.test)
    return Bed(config, images.shape, train, test, torch.Generator().manual_seed(seed))

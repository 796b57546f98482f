"""Dropout where it stands in dense prediction: before the classifier."""

from functools import partial
from typing import Any

from torch import Tensor, nn


def drop_before_classifier(network: nn.Module, dropout: nn.Module) -> nn.Module:
    """Drop what the classifier reads.

    That is what a head calls `classify`; in a network without one, the last convolution. SemanticFPNHead applies its
    classifier to the finest level's share of the sum alone, so there the coarser levels' share is not dropped.
    """
    named = [module for name, module in network.named_modules() if name.split(".")[-1] == "classify"]
    classifier = [*(module for module in network.modules() if isinstance(module, nn.Conv2d)), *named][-1]
    name = type(dropout).__name__
    classifier.register_module(name, dropout)
    classifier.register_forward_pre_hook(partial(_drop, name))  # a module around it would rename its weight
    return network


def _drop(name: str, classifier: nn.Module, inputs: tuple[Any]) -> tuple[Tensor | list[Tensor]]:
    dropout, (x,) = classifier.get_submodule(name), inputs
    return ([dropout(level) for level in x] if isinstance(x, list) else dropout(x),)

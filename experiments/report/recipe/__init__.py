"""The tricks of an ablation that are worth training with, as one layer, and the ablation that confirms it."""

"""Verdicts from numbers: pairs, their spread, alphas over tricks and looks, power, and the rule."""

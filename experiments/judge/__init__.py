"""Verdicts from numbers: pairs, their spread, levels over tricks and looks, power, and the rule."""

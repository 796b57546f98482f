"""The parts of a verdict: pairs, their spread, levels over tricks and looks, power, and the rule."""

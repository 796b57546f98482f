"""Composed scenes of handwritten digits, which need no download."""

"""Boxes in a table."""

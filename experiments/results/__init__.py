"""Folders become a study: all that is known of an ablation."""

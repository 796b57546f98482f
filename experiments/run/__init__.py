"""Trials become folders: launched, watched, kept in a ledger."""

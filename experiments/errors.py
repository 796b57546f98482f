"""Errors that a user can mend."""


class UserError(Exception):
    """Bad input: one clear line that says what was wrong, the value received and what would be right."""

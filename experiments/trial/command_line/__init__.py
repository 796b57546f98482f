"""What is typed: checked, explained in one line where it is wrong, described, and kept."""

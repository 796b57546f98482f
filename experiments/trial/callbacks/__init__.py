"""What goes on beside the steps of a trial, and what that leaves in its folder."""

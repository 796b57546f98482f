"""Data looked at before anything is trained on them: what `trickbench data check` reads."""

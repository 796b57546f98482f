"""The data of a config, looked at and shown before anything is trained on them."""

__version__ = "0.1.0"  # of the package; pyproject reads it here

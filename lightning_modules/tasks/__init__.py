"""Tasks: a network, a loss, an optimizer and a schedule, with the steps and the metric."""

from lightning_modules.tasks.classification import Classification
from lightning_modules.tasks.detection import Detection
from lightning_modules.tasks.segmentation import Segmentation

__all__ = ["Classification", "Detection", "Segmentation"]

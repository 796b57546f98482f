"""From the scores of all anchors to detections."""

from torch import Tensor
from torchvision.ops import batched_nms


def select(
    scores: Tensor, boxes: Tensor, score_threshold: float, candidates: int, nms_iou: float, max_detections: int
) -> dict[str, Tensor]:
    """The best-scored classes and boxes of one image, after non-maximum suppression within each class.

    An anchor may be detected as several classes, as its scores are.

    Args:
        scores: (A, C).
        boxes: (A, 4).
        score_threshold: Scores up to this are dropped.
        candidates: At most so many go into the suppression, the best over all levels.
        nms_iou: A box that overlaps a better one of its class by more is dropped.
        max_detections: At most so many are returned.

    Returns:
        `boxes` (n, 4), `scores` (n,) and `labels` (n,), the best first.
    """
    score = scores.flatten()
    index = (score > score_threshold).nonzero().squeeze(1)
    score, order = score[index].topk(min(candidates, len(index)))
    anchor, label = index[order] // scores.shape[1], index[order] % scores.shape[1]
    kept = batched_nms(boxes[anchor], score, label, nms_iou)[:max_detections]
    return {"boxes": boxes[anchor][kept], "scores": score[kept], "labels": label[kept]}

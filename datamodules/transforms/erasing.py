"""Random erasing for pixels and boxes."""

from typing import Any

from torchvision import tv_tensors
from torchvision.transforms import v2


class Erasing(v2.RandomErasing):
    """Erases a rectangle of the image; masks and boxes still tell what was there (Zhong et al. 2020, sec. 3.2).

    torchvision's, but without its warning that it leaves masks and boxes alone, which here is meant: the network has to
    tell what is hidden from what is around it.

    Args:
        p: Probability of erasing.
        scale: Least and largest share of the image that is erased.
        ratio: Least and largest height over width of the rectangle.
        value: What the pixels become, in 0 to 255.

    Raises:
        ValueError: If p, a share, a ratio or the value is out of range.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: tuple[float, float] = (0.02, 0.33),
        ratio: tuple[float, float] = (0.3, 3.3),
        value: float = 128.0,
    ) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"Erasing: p must lie in [0, 1], got {p}")
        if not 0 < scale[0] <= scale[1] <= 1 or not 0 < ratio[0] <= ratio[1]:
            raise ValueError(f"Erasing: scale must ascend in (0, 1] and ratio from above 0, got {scale} and {ratio}")
        if not 0 <= value <= 255:
            raise ValueError(f"Erasing: value must lie in 0 … 255, got {value}")
        super().__init__(p, scale, ratio, value)

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        return super().transform(inpt, params) if isinstance(inpt, tv_tensors.Image) else inpt

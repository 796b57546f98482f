"""Plain networks: residual blocks without their shortcut."""

from torch import Tensor, nn

from lightning_modules.rewrites.base import Rewrite
from lightning_modules.rewrites.residual import residual_blocks

SHORTCUTS = ("shortcut", "downsample")  # Tiny's name for it, and torchvision's and timm's


class NoShortcut(Rewrite):
    """No shortcut around any residual block: the plain counterpart (He et al. 2016, fig. 3, middle), a counter-example.

    For blocks that keep their shortcut in a module of its own: `Tiny`, ResNet and ResNeXt.

    Raises:
        ValueError: If the network has no such block.
    """

    def __call__(self, network: nn.Module) -> nn.Module:
        places = [(block, name) for block in residual_blocks(network) for name in SHORTCUTS if hasattr(block, name)]
        if not places:
            raise ValueError("NoShortcut: the network has no residual block with a shortcut that can be taken away")
        for block, name in places:
            setattr(block, name, Nothing())
        return network


class Nothing(nn.Module):
    """Adds nothing to whatever it is added to.

    Shape:
        Anything → a scalar 0.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x.new_zeros(())

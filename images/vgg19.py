"""VGG-19: VGG-16 with a fourth convolution, drawn dark, in blocks 3, 4 and 5 (configuration E of the paper)."""

from matplotlib.figure import Figure
from style import main
from vgg16 import BLOCKS as VGG16
from vgg16 import draw_vgg

BLOCKS = (*VGG16[:2], *(filters + filters[-1:] for filters in VGG16[2:]))


def draw() -> Figure:
    return draw_vgg("VGG-19", BLOCKS, new=(3,))


if __name__ == "__main__":
    main(draw, __file__)

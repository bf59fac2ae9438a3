"""MNIST as LeCun, Cortes and Burges published it: 60,000 training and 10,000 test images."""

from mnist_viz.datasets.as_mnist import read, source
from mnist_viz.datasets.dataset import Dataset, File

FILES = {
    "train-images-idx3-ubyte.gz": File("440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9912422),
    "train-labels-idx1-ubyte.gz": File("3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28881),
    "t10k-images-idx3-ubyte.gz": File("8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1648877),
    "t10k-labels-idx1-ubyte.gz": File("f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542),
}
SOURCE = source("MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0)", FILES)

DATASET = Dataset(
    title="MNIST",
    url="http://yann.lecun.com/exdb/mnist/",
    creator="Yann LeCun, Corinna Cortes and Christopher J. C. Burges",
    licence="Creative Commons Attribution-ShareAlike 3.0",
    licence_url="https://creativecommons.org/licenses/by-sa/3.0/",
    read=read,
    source=SOURCE,
    folder="",
    files=FILES,
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
)

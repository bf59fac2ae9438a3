"""Fashion-MNIST: 60,000 training and 10,000 test images of clothes, in MNIST's format (Xiao et al., 2017)."""

from mnist_viz.datasets.as_mnist import read, source
from mnist_viz.datasets.dataset import Dataset, File

FILES = {
    "train-images-idx3-ubyte.gz": File("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26421880),
    "train-labels-idx1-ubyte.gz": File("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29515),
    "t10k-images-idx3-ubyte.gz": File("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4422102),
    "t10k-labels-idx1-ubyte.gz": File("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5148),
}
SOURCE = source("Fashion-MNIST (Zalando SE; MIT)", FILES)

DATASET = Dataset(
    title="Fashion-MNIST",
    url="https://github.com/zalandoresearch/fashion-mnist",
    creator="Han Xiao, Kashif Rasul and Roland Vollgraf, Zalando SE",
    licence="MIT",
    licence_url="https://spdx.org/licenses/MIT",
    read=read,
    source=SOURCE,
    folder="own/fashion_mnist/",
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    files=FILES,
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
)

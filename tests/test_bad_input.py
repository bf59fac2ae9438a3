"""Anything may lie where a file is expected: it is read as what it is, or refused by name, and nothing else happens.

`pytest --hypothesis-profile long` tries thirty times as many inputs.
"""

import gzip
import json
import string
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mnist_viz import datasets
from mnist_viz.config import ConfigError, Hyperparameters, load, resolve
from mnist_viz.config.models import Configuration
from mnist_viz.config.variants import MOST_VARIANTS
from mnist_viz.datasets.idx import read_idx
from mnist_viz.datasets.prepare import Places, prepare
from mnist_viz.job import records
from mnist_viz.stages import STAGES
from mnist_viz.store import tables, tensors
from mnist_viz.store.files import read_json
from mnist_viz.training import weights
from mnist_viz.training.models.network import Network

KEYS = [*Configuration.model_fields, *Hyperparameters.model_fields, "name", "mode", "images", "<<"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=9)
    | st.dates()
    | st.datetimes()
    | st.sampled_from(["mnist", "sample", "auto", "offline", 10**400, "1e-3", "0", "../x", "<script>", "$(id)", "`id`"])
)
MAPPING_KEYS = st.sampled_from(KEYS) | SCALARS
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(MAPPING_KEYS, inner, max_size=4) | st.sets(SCALARS, max_size=3)
    ),
    max_leaves=15,
)
CHARACTERS = st.text("{}[]:,&*!|>-?'\"#%@` \n\tab1.", max_size=60) | st.text(max_size=60)


def refused_in_one_line(path: Path) -> None:
    """The file is a configuration or is refused in one printable line that begins with its name."""
    try:
        assert load(path).variants
    except ConfigError as error:
        message = str(error)
        assert message.startswith(str(path)) and len(message) < 1000
        assert message.isprintable(), message


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for all examples of a test."""
    return tmp_path_factory.mktemp("bad") / "bad.input"


@given(tree=TREES)
def test_any_yaml_is_a_configuration_or_refused_in_one_line(file: Path, tree: Any) -> None:
    file.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8", errors="surrogatepass")
    refused_in_one_line(file)


@given(text=CHARACTERS)
def test_any_text_is_a_configuration_or_refused_in_one_line(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    refused_in_one_line(file)


@given(content=st.binary(max_size=100))
def test_any_bytes_are_a_configuration_or_refused_in_one_line(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    refused_in_one_line(file)


@given(name=st.text(min_size=1, max_size=120) | st.from_regex(r"[A-Za-z0-9./_ -]{1,20}", fullmatch=True))
def test_any_name_is_safe_or_refused(name: str) -> None:
    """A name that is taken is one folder and one file name, and one word to a shell."""
    allowed = set(string.ascii_letters + string.digits + "-_.")
    try:
        (taken,) = resolve({"variants": {name: {}}}, "c").variants
    except ConfigError as error:
        assert str(error).startswith("c: variants: ")
    else:
        assert taken == name and set(name) <= allowed and len(name) <= 100
        assert name[0].isalnum() and ".." not in name and not name.endswith(".")


NAMES = [
    "../x",
    "a/b",
    "/etc",
    ".",
    "..",
    "a b",
    " a",
    "a\n",
    "größe",
    "a" * 300,
    "<script>",
    "$(id)",
    "`id`",
    "a;b",
    "-n",
]
NAMES += ["wandb", "provenance", "images.parquet", "explorer.html", "data.json", "a\0", "a'b"]
NAMES += ["Wandb", "PROVENANCE", "images.Parquet", "curves.svg", "Summary.MD"]
NAMES += ['a"b', "a&b", "a*", "~"]


@pytest.mark.parametrize("name", NAMES)
def test_name_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match="variants: ") as caught:
        resolve({"variants": {name: {}}}, "c")
    shown = json.dumps(name, ensure_ascii=False) if name.isprintable() else json.dumps(name)
    assert shown[:50] in str(caught.value) and str(caught.value).isprintable()


def test_no_variant_can_be_called_as_an_output() -> None:
    """Nor in capitals: some disks don't tell."""
    places = {place for stage in STAGES for place in (stage.record, *stage.outputs) if place.startswith("results/")}
    names = {Path(place).parts[1] for place in places} - {"{variant}"}
    assert {"curves.svg", "provenance", "summary.csv", "data.json"} <= names
    for name in (*names, *(each.upper() for each in names)):
        with pytest.raises(ConfigError, match="not a name that the results folder uses itself"):
            resolve({"variants": {name: {}}}, "c")


HOSTILE = {
    "impossible date": ("defaults: {seed: 2001-99-99}", "month must be in 1..12"),
    "date for a key": ("variants: {a: {epochs: {2001-01-01: 2}}}", '{"2001-01-01": 2} is not allowed here'),
    "alias to itself": ("variants: &a {x: *a}", "more than 10 deep"),
    "list in itself": ("seeds: &a [*a]", "more than 10 deep"),
    "deep": ("variants: " + "{a: " * 900 + "1" + "}" * 900, "more than 10 deep"),
    "number of 5,000 digits": ("defaults: {epochs: " + "1" * 5000 + "}", "5000 digits"),
    "hexadecimal number": ("defaults: {epochs: 0x" + "f" * 5000 + "}", "more than 2,000 bits"),
    "long text": (f"wandb: {{project: {'a' * 5000}}}", "a text of 5,000 characters"),
    "key that comes twice": ("variants: {a: {epochs: 1, epochs: 2}}", "the key epochs comes twice"),
    "Snakemake's own key": ("pathvars: {results: '../../outside'}", "pathvars: where results go is not a matter"),
    "a number in Snakemake's own key": ("pathvars: 3", "pathvars: where results go is not a matter"),
    "names that differ in capitals": ("variants: {Wide: {}, wide: {}}", "Wide and wide differ in capitals alone"),
    "python object": ("a: !!python/object/apply:os.system ['id']", "could not determine a constructor"),
    "not UTF-8": ("variants: {größe: {}}".encode("latin-1"), "can't decode byte"),
    "billion laughs": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "\n".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "more than 100,000 entries",
    ),
    "sweep of a million": (
        f"sweep: {{seed: {list(range(1000))}, epochs: {list(range(1, 999))}}}",
        f"998,000 variants; at most {MOST_VARIANTS:,}",
    ),
    "password in a mirror": (
        "{variants: {a: {}}, dataset: {mirrors: ['https://user:secret@host/mnist/']}}",
        "which belong in ~/.netrc",
    ),
    "more mirrors than a job is told": (
        f"{{variants: {{a: {{}}}}, dataset: {{mirrors: {json.dumps(['file:///a/'] * 101)}}}}}",
        "dataset: mirrors: ",
    ),
    "line break in a mirror": ('{variants: {a: {}}, dataset: {mirrors: ["http://a/\\n"]}}', "dataset: mirrors: 0: "),
    "line break in a project": ('{variants: {a: {}}, wandb: {project: "a\\n"}}', "wandb: project: "),
    "shell in a project": ('{variants: {a: {}}, wandb: {project: "$(id)"}}', 'wandb: project: "$(id)"'),
    "quotes in an entity": ('{variants: {a: {}}, wandb: {entity: "a\'b"}}', "wandb: entity: "),
}


@pytest.mark.parametrize(("text", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_configuration_is_refused_by_name(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and said in message and message.isprintable() and len(message) < 1000


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """`content` with a few bytes changed, cut, doubled, or something else altogether."""
    place = st.integers(0, len(content) - 1)
    changed = st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=4).map(
        lambda changes: bytes(dict(changes).get(i, byte) for i, byte in enumerate(content))
    )
    cut = place.map(lambda end: content[:end])
    inserted = st.tuples(place, st.binary(min_size=1, max_size=8)).map(
        lambda item: content[: item[0]] + item[1] + content[item[0] :]
    )
    return changed | cut | inserted | st.binary(max_size=200)


ARRAY = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
IDX = bytes([0, 0, 8, 3]) + b"".join(size.to_bytes(4, "big") for size in ARRAY.shape) + ARRAY.tobytes()


@given(content=damaged(gzip.compress(IDX, mtime=0)) | damaged(IDX).map(gzip.compress))
def test_any_idx_file_is_read_or_refused_by_name(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    try:
        array = read_idx(file)
    except ValueError as error:
        assert str(file) in str(error)
    else:
        assert array.dtype == np.uint8 and array.size <= len(gzip.decompress(content))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A safetensors file, a Parquet table and a record as they should be."""
    folder = tmp_path_factory.mktemp("whole")
    tensors.write(folder / "a", {"images": ARRAY, "labels": np.array([3, 4], np.uint8)}, {"dataset": "sample"})
    history = {"step": [1, 2], "epoch": [1, 1], "loss": [0.5, 0.25], "learning_rate": [0.1, 0.1]}
    tables.write(folder / "b", history, tables.HISTORY, "sample")
    records.write(folder / "c", "data", 0, {}, [folder / "a", folder / "b"], {"dataset": "sample"})
    return {name: (folder / name).read_bytes() for name in "abc"}


@given(drawn=st.data())
def test_damaged_safetensors_file_is_refused_by_name(file: Path, whole: dict[str, bytes], drawn: st.DataObject) -> None:
    content = drawn.draw(damaged(whole["a"]))
    file.write_bytes(content)
    if content == whole["a"]:
        assert np.array_equal(tensors.read(file)[0]["images"], ARRAY)
    else:
        with pytest.raises(ValueError, match="is damaged"):
            tensors.read(file)


HEADERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TENSOR = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["U8", "F32", "I64", "BF16", "X"]) | HEADERS,
        "shape": st.lists(st.integers(-1, 2**65), max_size=4) | HEADERS,
        "data_offsets": st.lists(st.integers(-1, 2**65), max_size=3) | HEADERS,
    },
)


@given(
    header=st.dictionaries(st.sampled_from(["__metadata__", "images", "labels"]), TENSOR | HEADERS, max_size=3)
    | HEADERS,
    length=st.none() | st.integers(0, 2**64 - 1),
    body=st.binary(max_size=32),
)
@example(header={"__metadata__": None}, length=None, body=b"")
def test_any_safetensors_header_is_refused_by_name(file: Path, header: Any, length: int | None, body: bytes) -> None:
    """Hostile headers: sizes beyond the file or the memory, overlaps, other types. None has the digest of itself."""
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + body)
    with pytest.raises(ValueError, match=r"bad\.input is damaged"):
        tensors.read(file)


@given(drawn=st.data())
def test_any_parquet_file_is_read_or_refused_by_name(file: Path, whole: dict[str, bytes], drawn: st.DataObject) -> None:
    file.write_bytes(drawn.draw(damaged(whole["b"])))
    try:
        table = tables.read(file, tables.HISTORY)
        tables.dataset(file)
    except ValueError as error:
        assert str(file) in str(error)
    else:
        assert table.schema.equals(tables.HISTORY)


COLUMN = st.sampled_from([pa.int8(), pa.int32(), pa.string(), pa.float64(), pa.list_(pa.int8()), pa.null()])


@given(
    columns=st.dictionaries(st.sampled_from(["step", "epoch", "loss", "x", ""]), COLUMN, max_size=4),
    rows=st.integers(0, 3),
)
def test_any_table_is_refused_by_name(file: Path, columns: dict[str, pa.DataType], rows: int) -> None:
    pq.write_table(pa.table({name: pa.nulls(rows, kind) for name, kind in columns.items()}), file)
    for wanted in (None, ["step"]):
        with pytest.raises(ValueError, match=r"bad\.input"):
            tables.read(file, tables.HISTORY, wanted)
    with pytest.raises(ValueError, match=r"bad\.input"):
        tables.dataset(file)


@given(drawn=st.data())
def test_damaged_record_is_refused_by_name(file: Path, whole: dict[str, bytes], drawn: st.DataObject) -> None:
    content = drawn.draw(damaged(whole["c"]))
    file.write_bytes(content)
    if content == whole["c"]:
        assert records.read(file)["stage"] == "data"
    else:
        with pytest.raises(ValueError, match=r"bad\.input is damaged"):
            records.read(file)


@given(content=st.binary(max_size=60) | HEADERS.map(lambda value: json.dumps(value).encode()))
def test_any_json_is_read_or_refused_by_name(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    try:
        read_json(file)
    except ValueError as error:
        assert str(file) in str(error)


def test_deep_json_is_refused_by_name(file: Path) -> None:
    file.write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"bad\.input is not a JSON file"):
        read_json(file)


SHAPE = st.lists(st.integers(0, 4), max_size=4).map(tuple)
KIND = st.sampled_from([np.float32, np.float64, np.int8, np.float16])
NAME = st.sampled_from(["conv1.weight", "linear.bias", "x"])


@given(
    arrays=st.dictionaries(st.sampled_from(["conv1.weight", "linear.bias", "x"]), st.tuples(SHAPE, KIND), max_size=3)
)
def test_weights_of_another_shape_are_refused_by_name(arrays: dict[str, tuple[tuple[int, ...], type]]) -> None:
    network = Network(2, 2, 3)
    changed = {**weights.of(network), **{name: np.zeros(*item) for name, item in arrays.items()}}
    same = all(
        name != "x" and np.zeros(*item).shape == weights.of(network)[name].shape and item[1] is np.float32
        for name, item in arrays.items()
    )
    if same:
        weights.load(network, changed, "somewhere")
    else:
        with pytest.raises(ValueError, match="somewhere"):
            weights.load(network, changed, "somewhere")


def test_gzip_bomb_in_the_place_of_a_raw_file_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(bytes(50_000_000)))
    with pytest.raises(ValueError, match="is damaged: its SHA-256"):
        prepare("mnist", datasets.find("mnist"), [path], Places(*(tmp_path / each for each in Places._fields)))
    assert list(tmp_path.iterdir()) == [path]

"""The configuration: defaults, expansion, and one clear message for everything that is wrong."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_viz.config import ConfigError, load, resolve, schema
from tests.conftest import PROJECT, copy_project


def test_shipped_file_states_the_defaults() -> None:
    shipped = yaml.safe_load((PROJECT / "config.yaml").read_text())
    minimal = {"variants": shipped["variants"]}
    assert resolve(shipped, "config.yaml") == resolve(minimal, "config.yaml")
    hyperparameters = schema()["$defs"]["hyperparameters"]["properties"]
    assert shipped["defaults"] == {name: entry["default"] for name, entry in hyperparameters.items()}
    assert shipped.keys() == schema()["properties"].keys()


def test_variants_are_complete_and_sorted() -> None:
    variants = resolve({"defaults": {"epochs": 2}, "variants": {"b": {}, "a": {"epochs": 3}}}, "c")["variants"]
    assert list(variants) == ["a", "b"]
    assert (variants["a"]["epochs"], variants["b"]["epochs"]) == (3, 2)
    assert variants["a"].keys() == schema()["$defs"]["hyperparameters"]["properties"].keys()


def test_every_key_is_described_and_has_a_default() -> None:
    def walk(entry: dict, path: str) -> None:
        for name, inner in entry.get("properties", {}).items():
            assert "description" in inner or "$ref" in inner, f"{path}{name} has no description"
            walk(inner, f"{path}{name}.")

    walk(schema(), "")
    for name, entry in schema()["$defs"]["hyperparameters"]["properties"].items():
        assert "default" in entry, name


def test_sweep_and_seeds_expand() -> None:
    config = {
        "variants": {"baseline": {}},
        "sweep": {"learning_rate": [0.001, 0.002], "batch_size": [32]},
        "seeds": [0, 7],
    }
    variants = resolve(config, "c")["variants"]
    assert list(variants) == [
        "baseline-seed_0",
        "baseline-seed_7",
        "batch_size_32-learning_rate_0.001-seed_0",
        "batch_size_32-learning_rate_0.001-seed_7",
        "batch_size_32-learning_rate_0.002-seed_0",
        "batch_size_32-learning_rate_0.002-seed_7",
    ]
    assert variants["batch_size_32-learning_rate_0.002-seed_7"]["learning_rate"] == 0.002
    assert variants["baseline-seed_7"]["seed"] == 7


def test_texts_that_spell_numbers_are_numbers() -> None:
    """Snakemake's --config gives texts, and YAML reads 1e-3 as one."""
    config = {
        "defaults": {"epochs": "2", "learning_rate": "1e-3"},
        "variants": {"a": {"threads": "1"}},
        "sweep": {"batch_size": ["32", 64]},
        "seeds": ["0"],
        "tables": {"images": {"batches_to_log": "2", "images_per_batch": "32"}},
        "wandb": {"capture": "true", "entity": "null"},
    }
    resolved = resolve(config, "c")
    assert resolved["variants"].keys() == {"a-seed_0", "batch_size_32-seed_0", "batch_size_64-seed_0"}
    variant = resolved["variants"]["a-seed_0"]
    assert (variant["epochs"], variant["learning_rate"], variant["threads"], variant["seed"]) == (2, 0.001, 1, 0)
    assert resolved["tables"] == {"images": {"batches_to_log": 2, "images_per_batch": 32}}
    assert resolved["wandb"]["capture"] is True and resolved["wandb"]["entity"] is None


WRONG = {
    "misspelt hyperparameter": (
        "variants: {wide: {learning_rte: 0.1}}",
        ["variants: wide:", '"learning_rte"', "Did you mean learning_rate?"],
    ),
    "misspelt section": ("variant: {a: {}}", ['"variant"', "Did you mean variants?"]),
    "misspelt default": ("defaults: {epoch: 3}", ["defaults:", '"epoch"', "Did you mean epochs?"]),
    "even kernel": ("variants: {wide: {conv_kernel: 4}}", ["variants: wide: conv_kernel: 4", "odd"]),
    "text for a number": ("variants: {a: {epochs: five}}", ["variants: a: epochs:", '"five"', "a whole number"]),
    "not a number": ("defaults: {learning_rate: .nan}", ["defaults: learning_rate: nan"]),
    "infinite": ("variants: {a: {learning_rate: .inf}}", ["variants: a: learning_rate:"]),
    "zero epochs": ("variants: {a: {epochs: 0}}", ["variants: a: epochs: 0", "at least 1"]),
    "true for a number": ("variants: {a: {threads: true}}", ["variants: a: threads: true", "a whole number"]),
    "number for a variant": ("variants: {a: 3}", ["variants: a: 3", "a mapping"]),
    "list for variants": ("variants: [a, b]", ["variants:", "a mapping"]),
    "path for a name": ("variants: {../a: {}}", ["variants:", '"../a"']),
    "dot for a name": ("variants: {.: {}}", ["variants:", '"."']),
    "blank in a name": ("variants: {a b: {}}", ["variants:", '"a b"']),
    "markup for a name": ("variants: {<script>: {}}", ["variants:", '"<script>"']),
    "another alphabet": ("variants: {größe: {}}", ["variants:", '"größe"']),
    "number for a name": ("variants: {1: {}}", ["variants: 1"]),
    "reserved name": ("variants: {wandb: {}}", ["variants:", '"wandb"']),
    "long name": (f"variants: {{{'a' * 300}: {{}}}}", ["variants:", "at most 100 characters"]),
    "long name from a sweep": (
        "sweep: {learning_rate: [0.0011111111111111], weight_decay: [0.0011111111111111], l1_size: [64], "
        "l2_size: [128], label_smoothing: [0.0111111111111]}",
        ["variants:", "at most 100 characters"],
    ),
    "no variant": ("variants: {}", ["no variant"]),
    "unknown dataset": ("dataset: {name: cifar}", ["dataset: name:", '"cifar"', "mnist, sample"]),
    "unknown scheme": ("dataset: {mirrors: ['ftp://host/']}", ["dataset: mirrors: 0:", '"ftp://host/"', "https://"]),
    "sweep of an unknown key": ("sweep: {epoch: [1]}", ["sweep:", '"epoch"', "Did you mean epochs?"]),
    "sweep of a wrong value": ("sweep: {epochs: [1, 0]}", ["sweep: epochs: 0", "at least 1"]),
    "sweep without a list": ("sweep: {epochs: 3}", ["sweep: epochs: 3", "a list"]),
    "seeds twice": ("{seeds: [1, 1], variants: {a: {}}}", ["seeds: [1, 1]", "without repetition"]),
    "seed in two places": ("{seeds: [1], variants: {a: {seed: 2}}}", ["variants: a: seed", "seeds:"]),
    "unknown images": ("tables: {images: few}", ["tables: images:", '"few"', "all or"]),
    "unknown mode": ("wandb: {mode: on-line}", ["wandb: mode:", '"on-line"', "offline, online, disabled"]),
    "not a mapping": ("[1, 2]", ["[1, 2]", "keys with values"]),
    "not YAML": ("variants: {a: [", ["is not YAML"]),
    "empty": ("", ["null", "keys with values"]),
}


@pytest.mark.parametrize(("text", "parts"), WRONG.values(), ids=WRONG.keys())
def test_wrong_value_gives_one_short_message(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for part in parts:
        assert part in message, message


def test_snakemake_shows_the_message_without_a_traceback(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    project.edit("config.yaml", lambda text: text.replace("l1_size: 64", "l1_sise: 64"))
    outcome = project.snakemake("-n", config=[])
    assert outcome.status != 0
    assert 'config.yaml: variants: double: unknown key "l1_sise". Did you mean l1_size?' in outcome.text
    assert "Traceback" not in outcome.text
    assert "rule train" not in outcome.text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*schema()["properties"], *schema()["$defs"]["hyperparameters"]["properties"], "name", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_any_value_resolves_or_is_refused_in_one_line(value: object) -> None:
    try:
        resolved = resolve(value, "c")
    except ConfigError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert resolved["variants"]

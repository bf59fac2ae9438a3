"""The configuration: defaults, expansion, and one clear message for everything that is wrong."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_viz import datasets
from mnist_viz.config import ConfigError, Hyperparameters, Resolved, load, resolve
from mnist_viz.config.models import Configuration
from tests.conftest import PROJECT, copy_project, run


def test_shipped_file_states_the_defaults() -> None:
    shipped = yaml.safe_load((PROJECT / "config.yaml").read_text())
    minimal = {"variants": shipped["variants"]}
    assert resolve(shipped, "config.yaml") == resolve(minimal, "config.yaml")
    assert shipped["defaults"] == Hyperparameters().model_dump()
    assert shipped.keys() == Configuration.model_fields.keys()


def test_variants_are_complete_and_sorted() -> None:
    variants = resolve({"defaults": {"epochs": 2}, "variants": {"b": {}, "a": {"epochs": 3}}}, "c").variants
    assert list(variants) == ["a", "b"]
    assert (variants["a"].epochs, variants["b"].epochs) == (3, 2)
    assert variants["a"] == Hyperparameters(epochs=3)


def test_what_is_resolved_does_not_change() -> None:
    resolved = resolve({"variants": {"a": {}}}, "c")
    with pytest.raises(ValueError, match="frozen"):
        resolved.reference = "b"
    with pytest.raises(ValueError, match="frozen"):
        resolved.variants["a"].epochs = 2


def test_mirrors_are_the_datasets_own_unless_given() -> None:
    def mirrors(**section: object) -> list[str]:
        return resolve({"variants": {"a": {}}, "dataset": section}, "c").dataset.mirrors

    assert mirrors() == mirrors(mirrors=[]) == mirrors(name="mnist") == list(datasets.find("mnist").mirrors) != []
    assert mirrors(name="sample") == list(datasets.find("sample").mirrors)
    assert mirrors(mirrors=["file:///data/"]) == ["file:///data/"]


def test_empty_sections_and_variants_are_as_if_absent() -> None:
    config = {"dataset": None, "defaults": None, "variants": {"a": None}, "sweep": None, "seeds": None, "tables": None}
    assert resolve({**config, "wandb": None}, "c") == resolve({"variants": {"a": {}}}, "c")


def test_the_order_of_the_seeds_is_no_difference() -> None:
    """What a stage's key has of the configuration is the same, so nothing reruns."""
    first, second = (
        resolve({"variants": {"b": {}, "a": {}}, "seeds": seeds}, "c") for seeds in ([7, 0, 10], [10, 7, 0])
    )
    assert first == second
    assert first.groups["a"] == ["a-seed_0", "a-seed_7", "a-seed_10"]
    assert first.model_dump_json() == second.model_dump_json()


def test_sweep_and_seeds_expand() -> None:
    config = {
        "variants": {"baseline": {}},
        "sweep": {"learning_rate": [0.001, 0.002], "batch_size": [32]},
        "seeds": [0, 7],
    }
    variants = resolve(config, "c").variants
    assert list(variants) == [
        "baseline-seed_0",
        "baseline-seed_7",
        "batch_size_32-learning_rate_0.001-seed_0",
        "batch_size_32-learning_rate_0.001-seed_7",
        "batch_size_32-learning_rate_0.002-seed_0",
        "batch_size_32-learning_rate_0.002-seed_7",
    ]
    assert variants["batch_size_32-learning_rate_0.002-seed_7"].learning_rate == 0.002
    assert variants["baseline-seed_7"].seed == 7


@pytest.mark.parametrize(
    ("exceptions", "left"),
    [
        ([], {(0.1, 32), (0.1, 64), (0.01, 32), (0.01, 64)}),
        ([{"learning_rate": 0.1, "batch_size": 32}], {(0.1, 64), (0.01, 32), (0.01, 64)}),
        ([{"learning_rate": "1e-1", "batch_size": "32"}, {"batch_size": 64}], {(0.01, 32)}),
        ([{"learning_rate": 0.1}, {"learning_rate": 0.01}], set()),
    ],
)
def test_combinations_of_a_sweep_can_be_left_out(
    exceptions: list[dict[str, object]], left: set[tuple[float, int]]
) -> None:
    """Texts are those of --config."""
    sweep = {"learning_rate": [0.1, 0.01], "batch_size": [32, 64], "except": exceptions}
    resolved = resolve({"variants": {"baseline": {}}, "sweep": sweep, "seeds": [0, 1]}, "c")
    names = {f"batch_size_{size}-learning_rate_{rate}" for rate, size in left}
    assert resolved.groups.keys() == names | {"baseline"}
    assert resolved.variants.keys() == {f"{name}-seed_{seed}" for name in resolved.groups for seed in (0, 1)}


def test_an_exception_leaves_the_other_variants_as_they_were() -> None:
    sweep: dict[str, object] = {"l1_size": [8, 16], "weight_decay": [0, 0.01]}
    every = resolve({"sweep": sweep}, "c").variants
    some = resolve({"sweep": {**sweep, "except": [{"l1_size": 16, "weight_decay": 0.0}]}}, "c").variants
    assert some == {name: own for name, own in every.items() if name != "l1_size_16-weight_decay_0"}


def test_names_from_a_sweep_keep_the_spelling_of_its_values() -> None:
    """Text, which --config gives, is spelt as the number that it is."""
    variants = resolve({"sweep": {"weight_decay": [0, 0.01], "learning_rate": ["1e-3"]}}, "c").variants
    assert list(variants) == ["learning_rate_0.001-weight_decay_0", "learning_rate_0.001-weight_decay_0.01"]
    assert repr(variants["learning_rate_0.001-weight_decay_0"].weight_decay) == "0.0"


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
    assert resolved.variants.keys() == {"a-seed_0", "batch_size_32-seed_0", "batch_size_64-seed_0"}
    variant = resolved.variants["a-seed_0"]
    assert (variant.epochs, variant.learning_rate, variant.threads, variant.seed) == (2, 0.001, 1, 0)
    assert resolved.tables.model_dump()["images"] == {"batches_to_log": 2, "images_per_batch": 32}
    assert resolved.wandb.capture is True and resolved.wandb.entity is None


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
    "sweep of true": ("sweep: {threads: [true]}", ["sweep: threads: true", "a whole number"]),
    "sweep of a fraction": ("sweep: {threads: [2.5]}", ["sweep: threads: 2.5", "a whole number"]),
    "sweep of a set": ("sweep: {threads: !!set {1}}", ["sweep: threads:", "a list"]),
    "sweep without a list": ("sweep: {epochs: 3}", ["sweep: epochs: 3", "a list"]),
    "seeds twice": ("{seeds: [1, 1], variants: {a: {}}}", ["seeds: [1, 1]", "without repetition"]),
    "seed in two places": ("{seeds: [1], variants: {a: {seed: 2}}}", ["variants: a: seed", "seeds:"]),
    "seed below zero": ("{seeds: [1, -1], variants: {a: {}}}", ["seeds: -1", "at least 0"]),
    "sweep of nothing": ("sweep: {epochs: []}", ["sweep: epochs: []", "with at least 1 entry"]),
    "sweep of one value twice": ("sweep: {weight_decay: [0, 0.0]}", ["sweep: weight_decay:", "without repetition"]),
    "exception that is no list": ("sweep: {epochs: [1, 2], except: {epochs: 1}}", ["sweep: except:", "a list"]),
    "exception of an unknown key": (
        "sweep: {epochs: [1, 2], except: [{epoch: 1}]}",
        ["sweep: except: 0:", '"epoch"', "Did you mean epochs?"],
    ),
    "exception of a key that is not swept": (
        "sweep: {epochs: [1, 2], except: [{epochs: 1}, {epochs: 1, l1_size: 8}]}",
        ["sweep: except: 1: l1_size", "does not vary in the sweep", "In it: epochs"],
    ),
    "exception of a value that is not swept": (
        "sweep: {learning_rate: [1e-3, 0.01], except: [{learning_rate: 0.1}]}",
        ["sweep: except: 0: learning_rate: 0.1", "not in the sweep", "Allowed: 0.001, 0.01"],
    ),
    "exception of a wrong value": ("sweep: {epochs: [1], except: [{epochs: 0}]}", ["sweep: except: 0: epochs: 0"]),
    "exception of nothing": ("sweep: {epochs: [1, 2], except: [{}]}", ["sweep: except: 0: {}", "every combination"]),
    "everything left out": ("sweep: {epochs: [1], except: [{epochs: 1}]}", ["no variant to train"]),
    "exceptions alone": ("sweep: {except: [{epochs: 1}]}", ["sweep: except: 0: epochs", "In it: nothing"]),
    "unknown model": ("defaults: {model: resnet}", ["defaults: model:", '"resnet"', "Allowed: network"]),
    "number for a project": ("wandb: {project: 5}", ["wandb: project: 5", "quoted text (The W&B project."]),
    "number for an entity": ("wandb: {entity: 5}", ["wandb: entity: 5", "quoted text (The W&B user", "or null"]),
    "half of the images": ("tables: {images: {batches_to_log: 2}}", ["tables: images: {", "images_per_batch"]),
    "no batches": (
        "tables: {images: {batches_to_log: 0, images_per_batch: 2}}",
        ["tables: images: batches_to_log: 0", "at least 1"],
    ),
    "misspelt batches": ("tables: {images: {batches: 2}}", ["tables: images:", "Did you mean batches_to_log?"]),
    "number for a key": ("wandb: {1: 2}", ["wandb: unknown key 1."]),
    "place for a name": ("variants: {'[key]': {epochs: 0}}", ["variants: ", "[key]"]),
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


def test_command_prints_every_variant_complete_or_what_is_wrong(tmp_path: Path) -> None:
    done = run([sys.executable, "-m", "mnist_viz.config", "config.yaml"], PROJECT, PYTHONPATH="workflow")
    assert done.status == 0, done.text
    variants = {name: variant.model_dump() for name, variant in load(PROJECT / "config.yaml").variants.items()}
    assert json.loads(done.text)["variants"] == variants
    wrong = tmp_path / "mine.yaml"
    wrong.write_text("variants: {a: {epoch: 1}}")
    done = run([sys.executable, "-m", "mnist_viz.config", str(wrong)], PROJECT, PYTHONPATH="workflow")
    assert done.status == 1 and done.text.startswith(f'{wrong}: variants: a: unknown key "epoch". Did you mean epochs?')


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
            st.sampled_from([*Configuration.model_fields, *Hyperparameters.model_fields, "name", "x"]),
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
        assert isinstance(resolved, Resolved) and resolved.variants

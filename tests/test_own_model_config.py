"""The keys model and model_args: what they take, whose arguments a variant has, and how a sweep names models."""

from typing import Any

import pytest

from mnist_viz.config import ConfigError, Hyperparameters, resolve


def variants(defaults: dict[str, Any], **more: Any) -> dict[str, Hyperparameters]:
    return resolve({"defaults": defaults, "variants": {"a": {}}, **more}, "c.yaml").variants


@pytest.mark.parametrize("model", ["my_net.py:Net", "nets/my net.py:Net", "/home/x/a.py:make_2", "../a:b.py:Net"])
def test_a_file_and_a_name_are_a_model(model: str) -> None:
    assert variants({"model": model})["a"].model == model


@pytest.mark.parametrize(
    "model", ["my_net.py", "my_net:Net", "a.py:", ":Net", "a.py:1", "a.py:Net.b", "a.py:class", "n\n.py:N"]
)
def test_other_texts_are_none(model: str) -> None:
    with pytest.raises(
        ConfigError, match=r"c.yaml: defaults: model: .*Allowed: network; or a class of yours, .*my_net.py:Net"
    ):
        variants({"model": model})


def test_arguments_are_what_they_are_written_as() -> None:
    written = {"width": "24", "rate": "1e-3", "deep": "true", "name": "x", "sizes": ["1", 2.5], "none": None}
    found = variants({"model": "a.py:Net", "model_args": written})["a"].model_args
    assert found == {"width": 24, "rate": 0.001, "deep": True, "name": "x", "sizes": [1, 2.5], "none": None}
    assert type(found["width"]) is int


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"classes": 3}, "classes is given to every model"),
        ({"a b": 3}, "a mapping of arguments' names"),
        ({"a": {"b": 1}}, "a mapping of arguments' names"),
        ({"a": float("nan")}, "a mapping of arguments' names"),
        ([1], "a mapping of arguments' names"),
        ({"a": ["x" * 300] * 500}, "100,000 characters of JSON at most; write more into the model's file"),
    ],
)
def test_arguments_that_are_none(given: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=f"c.yaml: defaults: model_args: .*{said}"):
        variants({"model": "a.py:Net", "model_args": given})


def test_arguments_of_the_defaults_are_those_of_their_model() -> None:
    own = {"b": {"model": "network"}, "c": {"model": "b.py:Net"}, "d": {"model_args": {"deep": 2}}, "a": {}}
    found = variants({"model": "a.py:Net", "model_args": {"width": 3}}, variants=own)
    assert {name: each.model_args for name, each in found.items()} == {
        "a": {"width": 3},
        "b": {},
        "c": {},
        "d": {"deep": 2},
    }


def test_arguments_of_the_pipeline_s_model_are_refused() -> None:
    with pytest.raises(ConfigError, match="variants: a: model_args are for a model of your own"):
        variants({"model_args": {"width": 3}})


def test_a_sweep_of_models_names_folders() -> None:
    found = variants({}, sweep={"model": ["network", "nets/a.py:Net"]})
    assert [*found] == ["a", "model_nets-a.py-Net", "model_network"]
    assert found["model_nets-a.py-Net"].model == "nets/a.py:Net"

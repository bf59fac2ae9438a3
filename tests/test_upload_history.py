"""A run's history in the forms in which W&B serves it, brought to what was logged."""

import json

import pytest

from mnist_viz.upload.history import logged

TABLE = {"_type": "table-file", "nrows": 1000}
ROWS = [{"_step": 1, "loss": 0.5}, {"_step": 2, "loss": 0.25}, {"_step": 3, "acc": 0.75, "test_predictions": TABLE}]
NOTHING = {"_type": None, "nrows": None}
FORMS = {
    "live": ROWS,
    "nulls and structs": [
        {"_step": 1.0, "loss": 0.5, "acc": None, "test_predictions": NOTHING},
        {"_step": 2.0, "loss": 0.25, "acc": None, "test_predictions": None},
        {"_step": 3.0, "loss": None, "acc": 0.75, "test_predictions": {**TABLE, "nrows": 1000.0, "of_another": None}},
    ],
    "text": [{**ROWS[0], "test_predictions": None}, ROWS[1], {**ROWS[2], "test_predictions": json.dumps(TABLE)}],
    "in another order": ROWS[::-1],
    "in files and live": [ROWS[0], {**ROWS[1], "acc": None}, *ROWS],
}


@pytest.mark.parametrize("served", FORMS.values(), ids=FORMS.keys())
def test_every_form_is_what_was_logged(served: list[dict[str, object]]) -> None:
    assert logged(served) == ROWS
    assert all(type(row["_step"]) is int for row in logged(served))


def test_rows_that_contradict_each_other_stay() -> None:
    twice = [{"_step": 1, "loss": 0.5}, {"_step": 1, "loss": 0.75}]
    assert logged(twice) == twice


def test_text_that_only_begins_like_a_dictionary_stays() -> None:
    assert logged([{"_step": 1, "note": "{not JSON"}]) == [{"_step": 1, "note": "{not JSON"}]

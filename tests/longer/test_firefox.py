"""The explorer in Firefox: the tutorial's three questions from its first view, every view, and the keyboard.

What a task takes is counted: each click, choice and key is a step of it.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mnist_viz.explorer import build
from tests.explorer.browser import VIEWS
from tests.explorer.expected import VARIANTS, joined
from tests.explorer.firefox import visit
from tests.explorer.generate import generate
from tests.test_browser_map import with_map

DONE = ("click", "select", "press", "fill")


def actions(steps: list[tuple[Any, ...]]) -> int:
    return sum(name in DONE for name, *_ in steps)


def test_question_1_the_same_images_by_two_models(explored: Path, rows: pl.DataFrame) -> None:
    steps: list[tuple[Any, ...]] = [
        ("open", ""),
        ("select", "#a", "baseline:1"),
        ("select", "#b", "baseline:5"),
        ("click", "nav a[href*=compare]"),
        ("see", "[aria-current=page]", VIEWS["compare"]),
        ("texts", ".four tbody td"),
        ("attributes", ".card", "data-id"),
    ]
    assert actions(steps) == 3
    cells, cards = visit(explored / "explorer.html", *steps)
    both = joined(rows, ("baseline", 1), ("baseline", 5))
    right = [(pl.col(f"{side}.correct") == 1) for side in "ab"]
    wanted = [both.filter(a, b).height for a in (right[0], ~right[0]) for b in (right[1], ~right[1])]
    assert [int(text.replace(",", "")) for text in cells] == wanted
    apart = both.filter(pl.col("a.guess") != pl.col("b.guess"))
    assert len(cards) == min(60, len(apart)) and {int(each) for each in cards} <= set(apart["id"])


def test_question_2_errors_over_time(explored: Path, rows: pl.DataFrame) -> None:
    steps: list[tuple[Any, ...]] = [
        ("open", ""),
        ("click", "nav a[href*=epochs]"),
        ("see", "[aria-current=page]", VIEWS["epochs"]),
        ("texts", "#errors-by-epoch tbody tr"),
        ("attributes", "#forgotten", "data-ids"),
    ]
    assert actions(steps) == 1
    lines, (forgotten,) = visit(explored / "explorer.html", *steps)
    wrong = dict(
        rows.group_by("variant", "epoch")
        .agg(wrong=(pl.col("correct") == 0).sum())
        .select(pl.concat_str("variant", "epoch", separator=":"), "wrong")
        .rows()
    )
    assert [re.split(r"\s+", line.strip()) for line in lines] == [
        [name, *(str(wrong.get(f"{name}:{epoch}", "–")) for epoch in range(1, 6))]  # noqa: RUF001
        for name in VARIANTS
    ]
    history = rows.filter(pl.col("variant") == "baseline").pivot("epoch", index="id", values="correct").sort("id")
    right = history.drop("id").to_numpy()
    lost = ((np.maximum.accumulate(right, axis=1)[:, :-1] == 1) & (right[:, 1:] == 0)).any(axis=1)
    assert [int(each) for each in forgotten.split()] == history["id"].to_numpy()[lost].tolist()


def test_question_3_errors_by_guess_variant_beside_variant(explored: Path, rows: pl.DataFrame) -> None:
    steps: list[tuple[Any, ...]] = [
        ("open", ""),
        ("click", "nav a[href*=patterns]"),
        ("see", "[aria-current=page]", VIEWS["patterns"]),
        *(("texts", f".by-guess[data-side={side}] .guess-head") for side in "ab"),
        *(("attributes", f".by-guess[data-side={side}] .labels", "aria-label") for side in "ab"),
    ]
    assert actions(steps) == 1
    found = visit(explored / "explorer.html", *steps)
    for heads, labels, (variant, epoch) in zip(found[:2], found[2:], VARIANTS.items(), strict=True):
        wrong = rows.filter(pl.col("variant") == variant, pl.col("epoch") == epoch, pl.col("correct") == 0)
        by_guess = wrong.group_by("guess").len().sort("guess").rows()
        assert [tuple(int(number) for number in re.findall(r"\d+", head)) for head in heads] == by_guess
        for (guess, _), text in zip(by_guess, labels, strict=True):
            below = wrong.filter(pl.col("guess") == guess).group_by("truth").len().sort("truth").rows()
            assert sorted((int(one), int(count)) for one, count in re.findall(r"(\d) (\d+) times", text)) == below


def test_a_query_and_a_walk_by_keyboard(explored: Path, rows: pl.DataFrame) -> None:
    wrong = rows.filter(pl.col("correct") == 0).sort("loss", descending=True, maintain_order=True)
    ids = wrong["id"].unique(maintain_order=True).to_list()
    detail = "[aria-label='image details']"
    state, first, after = visit(
        explored / "explorer.html",
        ("open", "#view=table&sort=-loss"),
        ("fill", "#query", "guess != truth"),
        ("press", "Enter"),
        ("see", ".grid-row.current, #line-0 .cell.id", str(ids[0])),
        ("address",),
        ("click", "#line-0 .cell.image"),
        ("see", f"{detail} .place", f"1 of {len(ids)}, Table"),
        ("texts", f"{detail} h2"),
        ("press", "j"),
        ("see", f"{detail} .place", f"2 of {len(ids)}, Table"),
        ("press", "ArrowRight"),
        ("see", f"{detail} .place", f"3 of {len(ids)}, Table"),
        ("texts", f"{detail} h2"),
    )
    assert "guess" in state and first == [f"Image {ids[0]}"] and after == [f"Image {ids[2]}"]


def test_every_view_is_shown_whole(explored: Path) -> None:
    steps: list[tuple[Any, ...]] = []
    for view in VIEWS:
        steps += [
            ("open", f"#view={view}"),
            ("see", "[aria-current=page]", VIEWS[view]),
            ("texts", "main"),
            ("beyond",),
        ]
    found = visit(explored / "explorer.html", *steps)
    assert all(len(text[0]) > 100 for text in found[::2]) and found[1::2] == [0] * len(VIEWS)


def test_the_map_has_its_colours_counts_and_similar_images(tmp_path: Path) -> None:
    generate(tmp_path, {"one": 2, "two": 1}, images=400)
    with_map(tmp_path, "one", 400)
    build(tmp_path, ["one", "two"], tmp_path / "explorer.html", maps=["one"])
    detail = "[aria-label='image details']"
    kinds, colours, near, beyond = visit(
        tmp_path / "explorer.html",
        ("open", "#view=map"),
        ("see", "[aria-current=page]", "Map"),
        ("see", ".kinds li", "truth 0"),
        ("texts", ".kinds li"),
        ("colours", ".scatter canvas"),
        ("open", "#view=map&id=17"),
        ("see", f"{detail} .similar", "Similar images"),
        ("attributes", ".similar .digit", "data-image"),
        ("beyond",),
    )
    truth = pl.read_parquet(tmp_path / "images.parquet")["truth"].value_counts().sort("truth").rows()
    assert [tuple(int(number) for number in re.findall(r"\d+", kind)) for kind in kinds] == truth
    assert colours == 10 and beyond == 0
    neighbours = pl.read_parquet(tmp_path / "one" / "map.parquet").filter(id=17)["neighbours"][0]
    assert [int(each) for each in near] == neighbours.to_list()

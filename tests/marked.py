"""Pages on which images are marked: their tables, the test split that these are of, and what is kept and exported."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from playwright.sync_api import Page

from mnist_viz.explorer import build
from mnist_viz.store import tables
from mnist_viz.training import split
from tests.explorer.expected import VARIANTS
from tests.explorer.generate import generate


def made(folder: Path, images: int = 300) -> Path:
    """A folder with tables of VARIANTS, test.safetensors and explorer.html."""
    generate(folder, VARIANTS, images=images)
    truth = tables.truth(tables.read(folder / "images.parquet", tables.images, ["truth"])).astype(np.uint8)
    about = {"dataset": "sample", "source": "generated", "dataset_sha256": "0" * 64}
    split.write(folder / "test.safetensors", np.zeros((images, 2, 2), np.uint8), truth, about)
    build(folder, list(VARIANTS), folder / "explorer.html", test=folder / "test.safetensors")
    return folder


def kept(page: Page) -> dict[str, dict[str, Any]]:
    """What the browser keeps of the page's marks, by id."""
    texts: list[str] = page.evaluate("Object.values(localStorage)")
    assert len(texts) <= 1
    marks: dict[str, dict[str, Any]] = json.loads(texts[0]) if texts else {}
    return marks


def exported(page: Page, path: Path) -> pl.DataFrame:
    """The file that the page offers, saved as `path`."""
    panel(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="export CSV").click()
    download.value.save_as(path)
    return pl.read_csv(path, infer_schema=False)


def panel(page: Page) -> None:
    """Open what the bar says of marks."""
    if page.locator("#marks").get_attribute("open") is None:
        page.locator("#marks summary").click()

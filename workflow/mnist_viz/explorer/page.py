"""Assemble the page: one HTML file with its style, its script and its data, and a policy that lets nothing else in."""

import base64
import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from importlib.resources import files

from mnist_viz.explorer import scores
from mnist_viz.explorer.bundle import script
from mnist_viz.explorer.collect import Collection
from mnist_viz.explorer.maps import Map, packed_maps
from mnist_viz.explorer.pack import inert_json, packed_columns, sheet, test_set

# In this order: of two rules of equal weight the later one counts.
STYLE = [
    "base.css",
    "frame.css",
    "query.css",
    "parts.css",
    "tables.css",
    "grid.css",
    "scores.css",
    "charts.css",
    "views.css",
    "overview.css",
    "classes.css",
    "plot.css",
    "takeaway.css",
    "map.css",
    "detail.css",
    "marks.css",
    "gallery.css",
    "narrow.css",
    "print.css",
]


def assemble(collection: Collection, maps: Sequence[Map] = ()) -> str:
    """The whole HTML file, with the maps of some variants."""
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(sheet, collection.pictures)
        completed = scores.complete(collection)
        columns = packed_columns(collection, completed) | packed_maps(maps)
        pictures = drawing.result()
    description = {
        "dataset": collection.dataset,
        "data": collection.data,
        "variants": collection.variants,
        "tables": collection.tables,
        "images": collection.images,
        "kept": len(collection.ids),
        "contested": collection.contested,
        "omitted": collection.omitted,
        "order": scores.order(collection.tables),
        "completed": completed,
        "scoreError": scores.error(collection, completed),
        "classes": collection.classes,
        "across": pictures.across,
        "down": pictures.down,
        "width": pictures.width,
        "height": pictures.height,
        "tiles": len(pictures.tiles),
        "lossless": pictures.lossless,
        "notes": collection.notes,
        "top": collection.top,
        "testSet": test_set(collection),
        "corrected": collection.given is not None,
        **({"maps": [each.about for each in maps]} if maps else {}),
    }
    texts = {f"sheet-{number}": tile for number, tile in enumerate(pictures.tiles)} | columns
    data = [f'<script type="application/json" id="data-description">{inert_json(description)}</script>']
    data += [f'<template id="data-{name}"><!--{text}--></template>' for name, text in texts.items()]
    style = "".join((files(__package__) / "web" / "style" / name).read_text(encoding="utf-8") for name in STYLE)
    code = script()
    parts = {
        "policy": f"default-src 'none'; script-src {_digest(code)}; style-src {_digest(style)}; img-src blob:; "
        "base-uri 'none'; form-action 'none'",
        "dataset": escape(collection.dataset),
        "classes": str(len(collection.classes)),
        "style": style,
        "data": "\n".join(data),
        "script": code,
    }
    page = (files(__package__) / "web" / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

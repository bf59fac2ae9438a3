"""What the report shows without the explorer: the training curves as SVG, and every metric as an HTML table."""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from mnist_viz.explorer.collect import Collection
from mnist_viz.job import divergence

COLOURS = ("#0b63a5", "#c45200", "#17713f", "#8a3a8f", "#7a6200", "#b3261e", "#00707a", "#5a6068")
GREY = "#d4d8d5"
PANEL_WIDTH, PANEL_HEIGHT = 460, 270
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 34, 44
LEGEND_LINE = 18
LEAST = 1e-6
"""What a logarithmic axis takes for zero."""

Variant = dict[str, Any]
Points = list[tuple[float, float]]


def curves(collection: Collection) -> str:
    """Training loss by step and test errors by epoch of every variant, side by side, as an SVG file.

    Up to eight variants have a colour each; of more, the eight with the fewest errors do, and the others are grey. The
    legend says which diverged; one without any epoch has no line.
    """
    variants = [variant for variant in collection.variants if variant["metrics"]]
    best = sorted(variants, key=lambda variant: variant["metrics"][-1]["errors"])[: len(COLOURS)]
    named = [variant for variant in variants if variant in best]
    others = [variant for variant in variants if variant not in best]
    styles = [(variant, GREY) for variant in others] + list(zip(named, COLOURS, strict=False))
    panels = [
        _panel("Training loss, means of equal stretches of steps", "step", "nats", styles, _loss, log=True),
        _panel("Test images guessed wrong", "epoch", "images", styles, _errors, log=False),
    ]
    legend = [
        (f"{variant['name']}{_diverged(variant)}", colour) for variant, colour in zip(named, COLOURS, strict=False)
    ]
    if others:
        legend.append((f"the {len(others):,} others", GREY))
    if missing := len(collection.variants) - len(variants):
        legend.append((f"without an epoch, diverged: {missing:,}", "none"))
    if collection.corrections:
        legend.append((f"test labels: {collection.corrections}", "none"))
    height = PANEL_HEIGHT + LEGEND_LINE * len(legend) + 8
    lines = [
        f'<path d="M{LEFT} {y - 4}h22" stroke="{colour}" stroke-width="3"/>'
        f'<text x="{LEFT + 30}" y="{y}" text-anchor="start">{escape(name)}</text>'
        for y, (name, colour) in zip(range(PANEL_HEIGHT + 12, height + LEGEND_LINE, LEGEND_LINE), legend, strict=False)
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * PANEL_WIDTH} {height}" '
            f'width="{2 * PANEL_WIDTH}" height="{height}" font-family="sans-serif" font-size="12" fill="#565f67">',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *(f'<g transform="translate({index * PANEL_WIDTH} 0)">{panel}</g>' for index, panel in enumerate(panels)),
            *lines,
            "</svg>",
            "",
        ]
    )


def metrics_page(collection: Collection) -> str:
    """The metrics of every variant after every epoch as an HTML page."""
    rows = [
        f"<tr><th>{escape(variant['name'])}</th><td>{row['epoch']}</td><td>{row['images']:,}</td>"
        f"<td>{row['errors']:,}</td><td>{100 * row['accuracy']:.2f} %</td><td>{row['loss']:.4f}</td>"
        f"<td>{row['calibration_error']:.4f}</td></tr>"
        for variant in collection.variants
        for row in variant["metrics"]
    ]
    rows += [
        f'<tr><th>{escape(variant["name"])}</th><td colspan="6">{escape(_diverged(variant).strip())}</td></tr>'
        for variant in collection.variants
        if _diverged(variant)
    ]
    heads = ("variant", "epoch", "test images", "errors", "accuracy", "loss (nats)", "expected calibration error")
    style = (
        "body{font:14px/1.5 system-ui,sans-serif;margin:1.5em}table{border-collapse:collapse}"
        "th,td{padding:2px 12px;border-bottom:1px solid #d9dcd8;text-align:right;font-variant-numeric:tabular-nums}"
        "th:first-child{text-align:left}caption{text-align:left;color:#565f67;padding-bottom:6px}"
    )
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Metrics</title><style>{style}</style>',
            f"<table><caption>{escape(collection.dataset)}: every variant after every epoch"
            f"{escape(_labels(collection))}</caption>",
            f"<thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody></table></html>",
            "",
        ]
    )


def _labels(collection: Collection) -> str:
    """That test labels were corrected, and how many; empty if they were not."""
    return f"; test labels: {collection.corrections}" if collection.corrections else ""


def _diverged(variant: Variant) -> str:
    """That a variant diverged, with how many epochs and why; empty if it did not."""
    found = divergence.of(variant["predict"])
    return f" (diverged, with {found})" if found else ""


def _loss(variant: Variant) -> Points:
    return list(zip(variant["history"]["step"], variant["history"]["loss"], strict=True))


def _errors(variant: Variant) -> Points:
    return [(row["epoch"], row["errors"]) for row in variant["metrics"]]


def _panel(
    title: str, x: str, y: str, styles: Sequence[tuple[Variant, str]], points: Callable[[Variant], Points], log: bool
) -> str:
    lines = [(variant["name"], colour, own) for variant, colour in styles if (own := points(variant))]
    if not lines:
        return f'<text x="{LEFT}" y="18" font-size="13" fill="#1c2126">{escape(title)}: no epoch</text>'
    low = min(px for *_, own in lines for px, _ in own)
    high = max(px for *_, own in lines for px, _ in own)
    least = max(LEAST, min(py for *_, own in lines for _, py in own))
    most = max(LEAST, max(py for *_, own in lines for _, py in own))
    bottom, top = (math.log10(least), math.log10(most)) if log else (0.0, most * 1.05)
    wide, tall = PANEL_WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM

    def at(px: float, py: float) -> tuple[float, float]:
        level = math.log10(max(LEAST, py)) if log else py
        return LEFT + (px - low) / ((high - low) or 1) * wide, TOP + (
            1 - (level - bottom) / ((top - bottom) or 1)
        ) * tall

    parts = [f'<text x="{LEFT}" y="18" font-size="13" fill="#1c2126">{escape(title)}</text>']
    for value in log_ticks(least, most) if log else ticks(0, top):
        level = at(low, value)[1]
        parts.append(f'<path d="M{LEFT} {level:.1f}h{wide}" stroke="#e3e6e2"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{level + 4:.1f}" text-anchor="end">{value:g}</text>')
    for value in ticks(low, high, whole=True):
        parts.append(f'<text x="{at(value, least)[0]:.1f}" y="{TOP + tall + 18}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<text x="{LEFT + wide / 2}" y="{TOP + tall + 36}" text-anchor="middle">{x}</text>')
    parts.append(
        f'<text transform="translate(13 {TOP + tall / 2}) rotate(-90)" text-anchor="middle" fill="#565f67">{y}</text>'
    )
    for name, colour, own in lines:
        places = [at(*point) for point in own]
        path = "L".join(f"{px:.1f} {py:.1f}" for px, py in places)
        width = 1 if colour == GREY else 1.8
        parts.append(
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}">'
            f"<title>{escape(name)}</title></path>"
        )
        if x == "epoch" and colour != GREY:
            parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>' for px, py in places]
    return "".join(parts)


def ticks(low: float, high: float, whole: bool = False) -> list[float]:
    """About five round numbers from `low` to `high`; only whole ones if `whole`."""
    rough = (high - low or 1) / 5
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if rough <= factor * power)
    step = max(1.0, step) if whole else step
    return [round(number * step, 12) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`: powers of ten, and where they are few their double and fivefold."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) <= 4 else (1,)
    every = [round(factor * 10.0**power, 12) for power in powers for factor in factors]
    return [value for value in every if low <= value <= high]

"""Numbers into SVG that a browser draws and a screen reader says. Colours are classes of the style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import attrs
from markupsafe import Markup

from governed_db.server.pages.moments import brief

_WIDTH: Final = 720
_HEIGHT: Final = 180
_LEFT: Final = 52
_BOTTOM: Final = 26
_TOP: Final = 8


@attrs.frozen
class Series:
    """One kind of thing counted; `name` is read by people, `style` is a class: ok, masked, bad, wait."""

    name: str
    style: str
    values: tuple[float, ...]


def stacked(labels: Sequence[str], series: Sequence[Series], what: str) -> Markup:
    """Bars, one for each label, with the series on top of each other."""
    totals = [math.fsum(each) for each in zip(*(one.values for one in series), strict=True)]
    top = ceiling(max(totals, default=0.0))
    parts = [*_grid(top), *_labels(labels)]
    step = (_WIDTH - _LEFT) / max(1, len(labels))
    for index, label in enumerate(labels):
        parts.append(_bar(index, step, top, (label, series)))
    said = ", ".join(f"{one.name} {brief(math.fsum(one.values))}" for one in series)
    return _svg((_WIDTH, _HEIGHT), f"{what}: {said}", parts, "chart")


def spark(values: Sequence[float], what: str, style: str = "ok") -> Markup:
    """A line without axes, for the corner of a number."""
    width, height = 120, 32
    top = max(values, default=0.0) or 1.0
    step = width / max(1, len(values) - 1)
    points = [(index * step, height - 2 - value / top * (height - 4)) for index, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"0,{height} {line} {width},{height}" if points else ""
    parts = [
        Markup('<polygon class="area s-{}" points="{}"/>').format(style, area),
        Markup('<polyline class="line s-{}" points="{}"/>').format(style, line),
    ]
    return _svg((width, height), f"{what}, now {brief(values[-1] if values else 0)}", parts, "spark")


def ring(part: int, whole: int, what: str) -> Markup:
    """How much of a whole, as a ring; an empty ring where there is nothing."""
    around = 2 * math.pi * 42
    share = part / whole if whole else 0.0
    style = "ok" if whole and part == whole else "wait" if whole else "none"
    parts = [
        Markup('<circle class="ring-back" cx="50" cy="50" r="42"/>'),
        Markup(
            '<circle class="ring s-{}" cx="50" cy="50" r="42" stroke-dasharray="{:.1f} {:.1f}"'
            ' transform="rotate(-90 50 50)"/>'
        ).format(style, share * around, around),
        Markup('<text class="ring-number" x="50" y="57">{}</text>').format(
            f"{math.floor(share * 100)}%" if whole else "-"
        ),
    ]
    return _svg((100, 100), f"{what}: {part} of {whole}", parts, "ringed")


def ceiling(most: float) -> float:
    """The end of a scale: the next of 1, 2, 5 times a power of ten, at least 4."""
    if most <= 4:
        return 4.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= most)


def _grid(top: float) -> Iterator[Markup]:
    for quarter in range(5):
        value = top * quarter / 4
        y = _y(value, top)
        if quarter in (0, 2, 4):
            yield Markup('<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>').format(
                _LEFT - 8, y + 4, brief(value)
            )
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
            _LEFT, _WIDTH, y, y
        )


def _labels(labels: Sequence[str]) -> Iterator[Markup]:
    """About six of them, so that they do not run into each other."""
    step = (_WIDTH - _LEFT) / max(1, len(labels))
    every = max(1, math.ceil(len(labels) / 6))
    for index in range(0, len(labels), every):
        yield Markup('<text class="tick" x="{:.1f}" y="{}">{}</text>').format(
            _LEFT + index * step, _HEIGHT - 5, labels[index]
        )


def _bar(index: int, step: float, top: float, bar: tuple[str, Sequence[Series]]) -> Markup:
    label, series = bar
    base, drawn = 0.0, []
    for one in series:
        value = one.values[index]
        if value > 0:
            y, height = _y(base + value, top), _y(base, top) - _y(base + value, top)
            drawn.append(
                Markup('<rect class="s-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    one.style, _LEFT + index * step + step * 0.12, y, step * 0.76, max(height, 1.0)
                )
            )
            base += value
    if not drawn:
        return Markup("")
    said = ", ".join(f"{one.name} {brief(one.values[index])}" for one in series)
    return Markup("<g><title>{}: {}</title>{}</g>").format(label, said, Markup("").join(drawn))


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _BOTTOM - _TOP)


def _svg(size: tuple[int, int], said: str, parts: Sequence[Markup], style: str) -> Markup:
    stretch = "none" if style == "spark" else "xMidYMid"
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="{}">{}</svg>'
    ).format(style, *size, said, stretch, Markup("").join(parts))

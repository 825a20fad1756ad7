"""A plot of a few curves from 0 to 1, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

#: pixels
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 760, 360, 48, 40, 170, 32
#: told apart by people who see red and green alike (Okabe and Ito, 2008)
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
#: names under the plot
_MOST_NAMES: Final = 6
#: from here on dots would hide the curves
_FEW: Final = 12


@dataclass(frozen=True, slots=True)
class Curve:
    """What has a value, from 0 to 1, at each place of the plot."""

    name: str
    values: Sequence[float]


def draw(title: str, places: Sequence[str], curves: Sequence[Curve]) -> str:
    """The curves over the places, from left to right, each with its name."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="20" font-size="15">{escape(title)}</text>',
    ]
    for percent in range(0, 101, 20):
        y = _y(percent / 100)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent}</text>')
    step = -(-len(places) // _MOST_NAMES)
    for number in range(0, len(places), step):
        x = _x(number, len(places))
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(places[number])}</text>')
    for number, curve in enumerate(curves):
        colour = _COLOURS[number % len(_COLOURS)]
        points = " ".join(f"{_x(n, len(places)):.1f},{_y(value):.1f}" for n, value in enumerate(curve.values))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(places) <= _FEW:
            parts += [
                f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in (p.split(",") for p in points.split())
            ]
        y = _TOP + 10 + 18 * number
        parts.append(f'<text x="{_WIDTH - _RIGHT + 14}" y="{y}" fill="{colour}">{escape(curve.name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _x(number: int, count: int) -> float:
    return _LEFT + 12 + number / max(count - 1, 1) * (_WIDTH - _LEFT - _RIGHT - 24)


def _y(value: float) -> float:
    return _HEIGHT - _BOTTOM - value * (_HEIGHT - _TOP - _BOTTOM)

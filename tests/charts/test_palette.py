"""Colours must be told apart by everybody: CIEDE2000 of at least 15 between any two.

Simulation of colour-blindness: Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
"""

from __future__ import annotations

import itertools
import math

import pytest

from llmspend.charts._theme import DARK, INK, LESS, MORE, MUTED, OTHER, PALETTE, PAPER, PARTS

VISIONS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
RGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)


def times(matrix, vector):
    return [sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix]


def lab(colour, vision):
    srgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb]
    seen = [min(max(c, 0), 1) for c in times(VISIONS[vision], linear)]
    xyz = [v / w for v, w in zip(times(RGB_TO_XYZ, seen), WHITE, strict=True)]
    x, y, z = (v ** (1 / 3) if v > (6 / 29) ** 3 else v / (3 * (6 / 29) ** 2) + 4 / 29 for v in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one, two):
    l1, a1, b1 = one
    l2, a2, b2 = two
    c_mean = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    g = 0.5 * (1 - math.sqrt(c_mean**7 / (c_mean**7 + 25**7)))
    c1, c2 = math.hypot(a1 * (1 + g), b1), math.hypot(a2 * (1 + g), b2)
    h1 = math.degrees(math.atan2(b1, a1 * (1 + g))) % 360
    h2 = math.degrees(math.atan2(b2, a2 * (1 + g))) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    h = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2

    def cosine(factor, offset):
        return math.cos(math.radians(factor * h + offset))

    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6)
    t -= 0.20 * cosine(4, -63)
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    swing = 60 * math.exp(-(((h - 275) / 25) ** 2))
    r = -math.sin(math.radians(swing)) * 2 * math.sqrt(c**7 / (c**7 + 25**7))
    dl, dc, dh = (l2 - l1) / s_l, (c2 - c1) / s_c, dh / s_h
    return math.sqrt(dl**2 + dc**2 + dh**2 + r * dc * dh)


# Sharma, Wu and Dalal 2005, table 1: pairs 1, 4, 17 and 25
@pytest.mark.parametrize(
    ("one", "two", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ],
)
def test_the_measure_itself(one, two, difference):
    assert ciede2000(one, two) == pytest.approx(difference, abs=1e-4)


def light(colour):
    return colour


SETS = {"members": (*PALETTE, OTHER), "parts": (*PARTS, OTHER), "up and down": (MORE, LESS, OTHER)}


@pytest.mark.parametrize("ground", [light, DARK.get], ids=["light", "dark"])
@pytest.mark.parametrize("colours", SETS.values(), ids=list(SETS))
@pytest.mark.parametrize("vision", VISIONS)
def test_any_two_colours_can_be_told_apart(vision, colours, ground):
    pairs = itertools.combinations([ground(c) for c in colours], 2)
    nearest = min((ciede2000(lab(a, vision), lab(b, vision)), a, b) for a, b in pairs)
    assert nearest[0] >= 15, nearest


def luminance(colour):
    srgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ground", [light, DARK.get], ids=["light", "dark"])
@pytest.mark.parametrize("colour", [INK, MUTED])
def test_words_can_be_read(colour, ground):
    dim, bright = sorted((luminance(ground(colour)), luminance(ground(PAPER))))
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_dark_is_not_darkened_again():
    assert not set(DARK.values()) & set(DARK)

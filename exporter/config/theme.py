"""The colours of cards and page, and how readable they are."""

from collections.abc import Iterator

from msgspec import Struct

from exporter.models import Colour, Palette

CONTRAST_AA = 4.5
"""For text of normal size: https://www.w3.org/TR/WCAG22/#contrast-minimum."""


class LightPalette(Palette, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GitHub's light colours."""

    background: Colour = "#ffffff"
    border: Colour = "#d1d9e0"
    text: Colour = "#1f2328"
    muted: Colour = "#59636e"
    accent: Colour = "#0969da"


class DarkPalette(Palette, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GitHub's dark colours."""

    background: Colour = "#0d1117"
    border: Colour = "#3d444d"
    text: Colour = "#f0f6fc"
    muted: Colour = "#9198a1"
    accent: Colour = "#4493f8"


class Theme(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of cards and page; text and muted on background must reach WCAG AA."""

    light: LightPalette = LightPalette()
    dark: DarkPalette = DarkPalette()


def hard_to_read(theme: Theme) -> Iterator[tuple[str, str]]:
    """Tell which colours do not reach WCAG AA: `light.text`, and what is wrong with it."""
    for name, palette in (("light", theme.light), ("dark", theme.dark)):
        for key, colour in (("text", palette.text), ("muted", palette.muted)):
            ratio = contrast(colour, palette.background)
            if ratio < CONTRAST_AA:
                told = f"contrast {ratio:.1f}, and WCAG AA asks for {CONTRAST_AA}"
                yield f"{name}.{key}", f"{colour} on {palette.background} is hard to read: {told}."


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours `#rrggbb`, 1 to 21.

    Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (byte / 255 for byte in bytes.fromhex(colour[1:]))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

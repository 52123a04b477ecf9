"""Pure: check how readable a theme's colours are."""

from collections.abc import Iterator

from exporter.config.schema import Theme

CONTRAST_AA = 4.5
"""The minimum for text of normal size: https://www.w3.org/TR/WCAG22/#contrast-minimum."""


CONTRAST_SHAPES = 3.0
"""The minimum for shapes: https://www.w3.org/TR/WCAG22/#non-text-contrast."""


def hard_to_read(theme: Theme) -> Iterator[tuple[str, str]]:
    """List the colours of text that do not reach WCAG AA, such as `light.text`, each with a complaint."""
    for name, palette in (("light", theme.light), ("dark", theme.dark)):
        for key, colour in (("text", palette.text), ("muted", palette.muted)):
            yield from _complaint(f"{name}.{key}", colour, palette.background, CONTRAST_AA, "read")


def hard_to_see(theme: Theme) -> Iterator[tuple[str, str]]:
    """List the accents that shapes can't be told by, such as `light.accent`, each with a complaint."""
    for name, palette in (("light", theme.light), ("dark", theme.dark)):
        yield from _complaint(f"{name}.accent", palette.accent, palette.background, CONTRAST_SHAPES, "see")


def _complaint(key: str, colour: str, background: str, least: float, verb: str) -> Iterator[tuple[str, str]]:
    ratio = contrast(colour, background)
    if ratio < least:
        measured = f"contrast {ratio:.1f}, but WCAG AA requires {least}"
        yield key, f"{colour} on {background} is hard to {verb}: {measured}."


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio of two colours `#rrggbb`, from 1 to 21.

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

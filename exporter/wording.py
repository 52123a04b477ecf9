"""Pure: wording that several packages share: counted things, and suggestions for typos."""

import difflib
from collections.abc import Iterable


def count(number: int, thing: str) -> str:
    """Count things in words: `1 file`, `2 files`."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """Suggest the nearest known word, ignoring case; the empty string if no word is near.

    `cutoff` says how near: with 0 any word is, with 1 only the same.
    """
    folded = {each.casefold(): each for each in sorted(known)}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=cutoff)
    return f"Did you mean `{folded[near[0]]}`?" if near else ""

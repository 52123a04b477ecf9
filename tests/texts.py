"""Hostile and ordinary texts, for examples and for property tests."""

from hypothesis import strategies as st

from exporter.text import clean

HOSTILE = [
    "a | b | c",
    "](https://evil.example) [click",
    "![x](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "--> <!-- /listening:now_playing -->",
    "\"double\" 'single' `code`",
    "AT&T &amp; &#60; &lt;b&gt;",
    "$& $1 \\1 \\g<0> ${x} $math$",
    "@someone and a@b.example",
    "mailto:a@b.example xmpp:a@b.example",
    "https://evil.example www.evil.example ftp://evil.example",
    "# Heading",
    "- item",
    "1. one",
    "+ plus",
    "> quote",
    "=====",
    "-----",
    "    indented",
    "two  blanks  ",
    "*a* _b_ ~~c~~ **d** __e__",
    "[ref]: https://evil.example",
    "::error::x",
    "{{ 7 * 7 }} {% raw %}",
    "%s %(name)s {0} {name}",
    "\\",
    "|",
    ":tada: 12:30 a:b",
    "夜に駆ける",
    "مرحبا بالعالم",
    "👩‍👩‍👧 🔥",
    "x" * 300,
]

texts = (
    st.text(st.sampled_from("ab1 .,:;!?-_*`~<>()[]{}|\\/@#$%^&='\"+wxm\u200d\u00e9夜م🔥"), max_size=30)
    | st.text(max_size=20)
    | st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map("".join)
).map(lambda text: str(clean(text)))
"""Texts that Spotify may send and `clean` leaves, with troublesome parts more often than by chance."""

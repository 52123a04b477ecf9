"""What template authors can rely on."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from conftest import PROJECT, Run
from hypothesis import given
from standin import Fault, StandIn
from texts import HOSTILE, texts

from exporter.cli.project import project_with
from exporter.config.schema import Config
from exporter.demo.answers import json_answer
from exporter.errors import SetupError
from exporter.files import Folder
from exporter.models import Ref
from exporter.render import plan
from exporter.render.escaping import escape_markdown, escape_xml
from exporter.render.kept import Kept
from exporter.render.report import NAMES
from exporter.render.templates import Templates

IDIOMS = {
    "plain": ("{{ a.name }}", "{a}"),
    "tilde": ("{{ a.name ~ b.name }}", "{a}{b}"),
    "tilde after a filter": ("{{ a.name|upper ~ b.name }}", "{A}{b}"),
    "tilde after a method": ("{{ a.name.upper() ~ b.name }}", "{A}{b}"),
    "plus": ("{{ a.name + b.name }}", "{ab}"),
    "plus a literal": ('{{ "by " + a.name ~ b.name }}', "by {a}{b}"),
    "text that begins with a literal": ('{{ ("by" + a.name) ~ b.name }}', "by{a}{b}"),
    "join": ('{{ [a.name, b.name]|join(" ") }}', "{a} {b}"),
    "join by attribute": ('{{ [a, b]|join(" ", attribute="name") }}', "{a} {b}"),
    "join with markup": ('{{ [bold(a.name), b.name|upper]|join(" ") }}', "<b>{a}</b> {B}"),
    "map and join": ('{{ [a, b]|map(attribute="name")|map("upper")|join(" ") }}', "{A} {B}"),
    "upper": ("{{ a.name|upper }}", "{A}"),
    "macro": ("{{ bold(a.name) }}", "<b>{a}</b>"),
    "macro with markup": ("{{ bold(bold(a.name) ~ b.name) }}", "<b><b>{a}</b>{b}</b>"),
    "markup plus text": ("{{ bold(a.name) + b.name }}", "<b>{a}</b>{b}"),
    "call": ("{% call wrap() %}{{ a.name }}{% endcall %}", "<i>{a}</i>"),
    "loop": ("{% for x in [a, b] %}{{ x.name }}{% endfor %}", "{a}{b}"),
    "set": ("{% set x = a.name %}{{ x ~ b.name }}", "{a}{b}"),
    "set block": ("{% set x %}{{ a.name }}{% endset %}{{ x ~ b.name }}", "{a}{b}"),
    "filter block": ("{% filter upper %}{{ a.name }}{% endfilter %}", "{A}"),
    "format": ('{{ "%s"|format(a.name) ~ b.name }}', "{a}{b}"),
    "percent": ('{{ "%s" % a.name ~ b.name }}', "{a}{b}"),
    "default": ("{{ (none or a.name) ~ b.name }}", "{a}{b}"),
    "safe": ("{{ a.name|safe }}", "{a}"),
    "e": ("{{ a.name|e }}", "{a}"),
    "autoescape false": ("{% autoescape false %}{{ a.name }}{% endautoescape %}", "{a}"),
    "slice": ("{{ a.name[:2] ~ b.name }}", "{a2}{b}"),
    "loop over parts": (
        '{% for x in ("," + a.name).split(",", 1) %}{{ x ~ b.name }}{% endfor %}',
        "{b}{a}{b}",
    ),
    "null": ("{{ a.id }}", ""),
}
MACROS = (
    "{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{% macro wrap() %}<i>{{ caller() }}</i>{% endmacro %}"
)
FORMATS: dict[str, Callable[[str], str]] = {
    "md": escape_markdown,
    "html": escape_xml,
    "svg": escape_xml,
    "txt": str,
}


@pytest.fixture(scope="module")
def idioms(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """A template that uses each idiom, for each format."""
    folder = tmp_path_factory.mktemp("idioms")
    for number, (source, _) in enumerate(IDIOMS.values()):
        for suffix in FORMATS:
            (folder / f"{number}.{suffix}.j2").write_bytes((MACROS + source).encode())
    return templates(folder)


def templates(own: Path, builtin: Path | None = None) -> Templates:
    filters = {"moment": str, "span": str}
    return Templates(own, label="templates", builtin=builtin or own / "none", filters=filters)


def named(name: str) -> Ref:
    return Ref(id=None, name=name, url=None)


@pytest.mark.parametrize("suffix", FORMATS)
@given(a=texts, b=texts)
def test_idioms_of_authors_stay_escaped(idioms: Templates, suffix: str, a: str, b: str) -> None:
    escape = FORMATS[suffix]
    values = {
        "ab": escape(a + b),
        "a": escape(a),
        "b": escape(b),
        "B": escape(b.upper()),
        "a2": escape(a[:2]),
    }
    for number, (idiom, (_, expected)) in enumerate(IDIOMS.items()):
        capitals = escape(a).upper() if idiom == "filter block" else escape(a.upper())
        rendered = idioms.render(f"{number}.{suffix}", {"a": named(a), "b": named(b)})
        assert rendered == expected.format(**values, A=capitals), idiom


JSON = """
{% macro pair(x, y) %}[{{ x }}, {{ y }}]{% endmacro %}
{
  "item": {{ a }},
  "tilde": {{ a.name ~ b.name }},
  "upper": {{ a.name|upper }},
  "macro": {{ pair(a.name, b.name) }},
  "null": {{ a.id }},
  "loop": [{% for x in [a, b] %}{{ x.name }}{% if not loop.last %},{% endif %}{% endfor %}],
  "join": {{ [a.name, b.name]|join(", ") }},
  "literals": {{ {"k": [1, true, none, "x"]} }},
  "literal": {{ "x" }},
  "nested": { {{ a.name }}: {{ b.name }} }
}
"""


@given(a=texts, b=texts)
def test_json_templates_give_valid_json_for_any_text(
    tmp_path_factory: pytest.TempPathFactory, a: str, b: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "json"
    folder.mkdir(exist_ok=True)
    (folder / "x.json.j2").write_bytes(JSON.encode())
    decoded = msgspec.json.decode(templates(folder).render("x.json", {"a": named(a), "b": named(b)}))
    assert decoded == {
        "item": {"id": None, "name": a, "url": None},
        "tilde": a + b,
        "upper": a.upper(),
        "macro": [a, b],
        "null": None,
        "loop": [a, b],
        "join": f"{a}, {b}",
        "literals": {"k": [1, True, None, "x"]},
        "literal": "x",
        "nested": {a: b},
    }


@pytest.mark.parametrize("name", ["music.opml", "feed.xml"])
def test_files_of_xml_hold_any_title(export: Run, repo: Path, spotify: StandIn, name: str) -> None:
    title = 'AT&T <b>"it\'s" *1*</b>'
    playing = {"is_playing": True, "item": {"type": "track", "name": title}}
    spotify.faults.append(Fault(path="/v1/me/player/currently-playing", answer=json_answer(200, playing)))
    (repo / "templates").mkdir()
    (repo / f"templates/{name}.j2").write_bytes(
        b'<opml version="2.0"><body><outline text="{{ now_playing.item.name }}"/></body></opml>'
    )
    (repo / "config.yaml").write_bytes(b'skip: ["cards/*", index.html]\n')
    assert export().code == 0
    (outline,) = ET.parse(repo / "output" / name).iter("outline")  # noqa: S314 # our own text
    assert outline.get("text") == title


@pytest.mark.parametrize("name", ["music.opml", "feed.xml"])
def test_files_of_xml_are_not_written_where_they_are_not_well_formed(
    export: Run, repo: Path, name: str
) -> None:
    (repo / "templates").mkdir()
    (repo / f"templates/{name}.j2").write_bytes(b"<opml><body></opml>")
    (repo / "config.yaml").write_bytes(b'skip: ["cards/*", index.html]\n')
    ran = export()
    assert ran.code == 2
    assert ran.err.startswith(f"error: templates/{name}.j2: {name} would be broken: mismatched tag")
    assert not (repo / "output" / name).exists()


@pytest.mark.parametrize("source", ["{{ a|tojson }}", "{{ a|urlize }}"])
def test_filters_that_write_markup_of_their_own_are_not_there(tmp_path: Path, source: str) -> None:
    (tmp_path / "x.md.j2").write_bytes(source.encode())
    with pytest.raises(SetupError, match="No filter named"):
        templates(tmp_path).compile("x.md", names=("a",))


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("a\n{{ nope }}\n", 2, "There is no `nope` here"),
        ("a\n\n{{ a.nope }}\n", 3, "There is no `nope` in this Ref"),
        ("{% set x = 1 // 0 %}\n", 1, "zero"),
        ("\n{{ a }}\n", 2, "whole Ref can't be written as text"),
        ("{{ [a.name] }}\n", 1, "whole list can't be written"),
        ("a\n{% set x = 'missing.md.j2' %}{% include x %}\n", 2, "missing.md.j2"),
    ],
)
def test_a_mistake_at_run_time_is_an_error_with_file_and_line(
    tmp_path: Path, source: str, line: int, words: str
) -> None:
    (tmp_path / "x.md.j2").write_bytes(source.encode())
    with pytest.raises(SetupError, match=words) as raised:
        templates(tmp_path).render("x.md", {"a": named("x")})
    assert raised.value.place == f"templates/x.md.j2:{line}"


@pytest.mark.parametrize(
    ("source", "line"), [("a\n{% if %}", 2), ("{{ x|nofilter }}", 1), ("\n\n{% endfor %}", 3), ("{{", 1)]
)
def test_a_mistake_of_syntax_is_found_by_compiling(tmp_path: Path, source: str, line: int) -> None:
    (tmp_path / "x.md.j2").write_bytes(source.encode())
    with pytest.raises(SetupError) as raised:
        templates(tmp_path).compile("x.md", names=("a",))
    assert raised.value.place == f"templates/x.md.j2:{line}"


def test_a_mistake_in_a_partial_is_told_at_the_partial(tmp_path: Path) -> None:
    (tmp_path / "x.md.j2").write_bytes(b"{% include '_part.md.j2' %}")
    (tmp_path / "_part.md.j2").write_bytes(b"\n{% if %}")
    with pytest.raises(SetupError) as raised:
        templates(tmp_path).compile("x.md", names=("a",))
    assert raised.value.place == "templates/_part.md.j2:2"


def test_a_template_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.md.j2").write_bytes(b"caf\xe9")
    with pytest.raises(SetupError, match="not UTF-8") as raised:
        templates(tmp_path).compile("x.md", names=("a",))
    assert raised.value.place == "templates/x.md.j2"


def test_outputs_are_all_but_sections_and_partials(tmp_path: Path) -> None:
    for name in ("a.txt", "data/b.json", "_c.md", "d/_e.md", "_f/g.md", "sections/h.md", "sections/_i.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / f"{name}.j2").write_bytes(b"")
    (tmp_path / "README.md").write_bytes(b"no template")
    found = templates(tmp_path)
    assert found.outputs() == ["a.txt", "data/b.json"]
    assert found.sections() == ["h"]


def test_a_users_template_wins_over_the_built_in_one_and_may_use_its_partials(tmp_path: Path) -> None:
    own, builtin = tmp_path / "own", tmp_path / "builtin"
    for folder in (own, builtin):
        folder.mkdir()
        (folder / "x.txt.j2").write_bytes(f"{folder.name} {{% include '_part.txt.j2' %}}".encode())
    (builtin / "_part.txt.j2").write_bytes(b"built-in part")
    assert templates(own, builtin).render("x.txt", {}) == "own built-in part"


def test_options_are_those_that_the_template_or_its_partials_read(tmp_path: Path) -> None:
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections/x.md.j2").write_bytes(
        b"{% include '_part.md.j2' %}{{ options.limit|default(3) }}{{ other.size }}"
    )
    (tmp_path / "_part.md.j2").write_bytes(
        b"{% if options.colour is defined %}{{ options.colour }}{% endif %}"
    )
    assert templates(tmp_path).options("sections/x.md") == {"limit", "colour"}


@pytest.mark.parametrize("title", HOSTILE)
def test_markdown_links_of_the_built_in_sections_hold_any_title(title: str, tmp_path: Path) -> None:
    builtin = PROJECT / "templates"
    (tmp_path / "x.md.j2").write_bytes(
        b'{% from "sections/_words.md.j2" import linked %}{{ linked(a) }}{{ linked(b) }}'
    )
    url = "https://open.spotify.com/artist/1"
    values = {"a": named(title), "b": Ref(id="1", name=title, url=url)}
    rendered = templates(tmp_path, builtin).render("x.md", values)
    assert rendered == f"{escape_markdown(title)}[{escape_markdown(title)}]({url})"


@pytest.mark.parametrize("name", ["spotify", "listenbrainz", "lastfm"])
def test_the_built_in_templates_have_no_mistakes_so_that_runs_need_not_look_for_them(name: str) -> None:
    config = Config(source=name if name == "spotify" else {name: "somebody"})
    as_own = project_with(config, PROJECT / "config.yaml").templates
    planned = plan.prepare(config, as_own, Folder(PROJECT / "nowhere"))
    assert {"index.html", "feed.xml"} < {output.name for output in planned.outputs}
    for section in as_own.sections():
        as_own.compile(f"sections/{section}.md", (*NAMES, "options", "cards"))


@pytest.mark.parametrize(
    ("files", "seen"),
    [
        ({"x.md.j2": "{{ a }}{% set b = 1 %}{{ b }}"}, {"a"}),
        ({"x.md.j2": '{% include "_y.md.j2" %}', "_y.md.j2": "{{ c }}"}, {"c"}),
        ({"x.md.j2": '{% include "_" ~ a ~ ".md.j2" %}', "_y.md.j2": "{{ c }}"}, {"a", "b", "c"}),
    ],
)
def test_what_a_template_may_read_is_known_unless_it_includes_what_a_variable_names(
    tmp_path: Path, files: dict[str, str], seen: set[str]
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_bytes(text.encode())
    assert set(templates(tmp_path).seen("x.md", {"a": "y", "b": 2, "c": 3})) == seen


def test_what_was_made_is_used_again_only_for_the_same() -> None:
    kept, made = Kept(), iter(range(9))
    assert [kept.get("a", source, lambda: next(made)) for source in ([1], [1], [2], [1])] == [0, 0, 1, 2]
    assert kept.get("b", [1], lambda: next(made)) == 3

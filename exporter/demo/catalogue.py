"""The stand-in's music: invented, in many languages, with titles that break things."""

import hashlib
from functools import cache
from string import ascii_letters, digits

from msgspec import Struct


class Performer(Struct, frozen=True):
    """An artist with one album."""

    name: str
    album: str
    released: str
    titles: tuple[str, ...]


class Podcast(Struct, frozen=True):
    """A show."""

    name: str
    titles: tuple[str, ...]


LONG_TITLE = (
    "A Complete and Unabridged Account of How We Missed the Last Ferry, Walked Along the Shore Until the "
    "Lamps Went Out, Sang Every Song We Knew and Some We Did Not, Slept in a Boat Shed With Four Dogs and a "
    "Retired Accordionist, and Arrived in the Morning With Wet Shoes and Nothing to Declare, Except This Tune"
)

MUSICIANS = (
    Performer("Paper Lighthouse", "Tide Tables", "2024-03-08", ("Night Ferry", "Salt Letters", LONG_TITLE)),
    Performer("Ada Fennimore", "Slow Machines", "2023-10-20", ("Copper Wire", "Slow Machines", "Relay")),
    Performer("The Quiet Elevators", "Mezzanine Weather", "2021", ("Between Floors", "Doors Closing")),
    Performer(
        "Moss & Velvet", "R&B <for> Gardens", "2025-05-02", ("Fern & Fog", "<img src=x onerror=alert(1)>")
    ),
    Performer(
        "Kometenjäger", "Über den Dächern", "2022-09-30", ("Straßenbahn nach Süden", "Größer als Lärm")
    ),
    Performer("Les Oiseaux de Zinc", "Été sans fin", "2020-06-12", ("L’heure bleue", "Ça ira peut-être")),
    Performer("夜行列車", "終点まで", "2024-11-27", ("銀河の駅で", "雨のプラットホーム")),
    Performer("纸飞机乐队", "城市边缘", "2023-04", ("凌晨三点的便利店", "慢慢飞")),
    Performer("فرقة النخيل", "ليل طويل", "2022-01-14", ("أغنية المطر", "طريق البيت")),
    Performer("שירת הגלים", "חוף צפוני", "2019", ("אור ראשון", "מכתב מהים")),
    Performer("Северный Ветер", "Белые ночи", "2021-12-03", ("Последний трамвай", "Снег идёт")),
    Performer("물결 소년", "여름의 끝", "2025-08-15", ("파란 우산", "안녕, 정류장")),
    Performer("วงฝนสีเงิน", "ฤดูมรสุม", "2023-07-07", ("ฝนตกที่สถานี", "กลับบ้าน")),
    Performer("Ηχώ της Θάλασσας", "Μπλε", "2018-05-25", ("Καλοκαίρι", "Το τελευταίο καράβι")),
    Performer(
        "Junk Drawer Orchestra", "Things We Kept", "2020", ("Rubber Bands", "Three Keys", "Batteries?")
    ),
    Performer("Wren Halloway", "Postcards Home", "2024-09-13", ("Blue Ridge Radio", "Kettle Song")),
    Performer("Sundial Motel", "Vacancy", "2023-06-23", ("Room 12", "Ice Machine", "Neon at Noon")),
    Performer("Marble Arcade", "Coin Slot", "2022-04-01", ("Insert Coin", "Continue?")),
    Performer("Otto Brandwein", "Kleine Stücke", "2017", ("Stück Nr. 3", "Regenlied")),
    Performer("Hollow Pine Choir", "Evergreen Hours", "2025-02-14", ("Resin", "Owl Clock")),
    Performer("Tessellate", "Hexagons", "2024-05-05", ("Six Sides", "Edge Case")),
    Performer("The Borrowed Bicycles", "Chain Grease", "2021-07-19", ("Downhill Both Ways", "Bell Song")),
    Performer("Lucía Marfil", "Verano en la azotea", "2023-08-11", ("Antenas", "Mañana, tal vez")),
    Performer("Ítalo Ventania", "Maré Baixa", "2022-10-28", ("Saudade de Agosto", "Rua da Aurora")),
    Performer("Nimbus Courier", "Overcast", "2024-01-26", ("Parcel", "Signature Required")),
    Performer("Granite Lullaby", "Bedrock", "2019-03-29", ("Slate", "Sleep, Mountain")),
    Performer("Velvet Abacus", "Counting Songs", "2020-12-04", ("Carry the One", "Remainder")),
    Performer("Signal & Static", "AM", "2023-02-17", ("Numbers Station", "Between Channels")),
    Performer("Pelle Sandström", "Vinterljus", "2021-01-29", ("Snöugglan", "Långsamt nu")),
    Performer("Cardboard Cathedral", "Handle With Care", "2025-03-21", ("This Side Up", "Packing Tape")),
    Performer("Mina Okonjo", "Harmattan", "2024-07-12", ("Red Dust", "Market Morning")),
    Performer("The Last Typists", "Carbon Copy", "2018-11-02", ("Ding", "Correction Fluid")),
    Performer("Saltmarsh", "Estuary", "2022-05-20", ("Curlew", "Spring Tide", "Mudlark")),
    Performer("Ferrous Wheel", "Rust Belt Carnival", "2023-09-15", ("Cotton Candy Steel", "Last Ride")),
    Performer("Lanterns for Lena", "Small Hours", "2020-04-17", ("Street Sweeper", "Four A.M. Toast")),
    Performer("Quill", "Q", "2025-06-06", ("?", "…", "X")),
    Performer("Dust Jacket", "First Edition", "2019-10-11", ("Dog Ears", "Marginalia")),
    Performer("Anouk Verhaeren", "Polderlicht", "2024-10-04", ("Fietspad", "Wind tegen")),
    Performer("Static Bloom", "Photosynth", "2023-05-26", ("Chlorophyll", "Grow Lamp")),
    Performer("Harbour Dial-Up", "56k", "2022-12-09", ("Handshake", "Carrier Lost")),
    Performer("Juniper Vale", "Understory", "2021-09-24", ("Bramble", "Foxglove Season")),
    Performer("The Orrery", "Epicycles", "2024-04-08", ("Retrograde", "Totality")),
    Performer("Miel y Ceniza", "Colmena", "2020-08-21", ("Humo", "La reina duerme")),
    Performer("Tin Observatory", "First Light", "2025-09-05", ("Aperture", "Long Exposure")),
    Performer("Gravel Quartet", "Opus Road", "2018", ("Allegro for Tyres", "Adagio, Lay-By")),
)

TROUBLEMAKERS = (
    Performer("Pipe | Dream", "Column | Two", "2024-02-29", ("a | b | c", "](https://example.com) [click")),
    Performer(
        "--> Comment Ends", "<!-- /listening:now_playing -->", "2023-03-03", ("--> --> -->", "<!-- open")
    ),
    Performer("@everyone", "#1 & Only", "2025-01-01", ("@octocat calling", "::error::not a command")),
    Performer(
        "$& and the \\1s", "C:\\new\\table", "2022-02-02", ("$& $1 \\1 \\g<0>", "{{ 7 * 7 }} {% raw %}")
    ),
    Performer('"Quoted"', "'Single' \"Double\"", "2021-11-11", ('Say "When"', "Rock ’n’ Roll `rm -rf`")),
    Performer(
        "\u202eesreveR\u202c",
        "\u2067Isolated\u2069",
        "2020-10-10",
        ("\u202egnorts si sihT", "Left\u200eto Right"),
    ),
    Performer(
        "Line\nBreakers", "Tab\tCarrier", "2019-09-09", ("First line\nSecond line", "Bell \a and \x1b[31mred")
    ),
    Performer("🦊 Fox in Socks 🧦", "👩‍🚀🏳️‍🌈", "2024-06-21", ("🔥:fire:🔥", "👨‍👩‍👧‍👦 Family Portrait")),
    Performer("**Bold** _Italic_ ~~Struck~~", "# Heading", "2023-12-24", ("1. First", "- Item * Star")),
    Performer(
        "www.example.com",
        "https://example.com/album",
        "2022-08-08",
        ("me@example.com", "http://x.test?a=b&c=d"),
    ),
    Performer("Z̸͇̈a̷̰͝l̶̼̏g̵̙̈o Choir", "Ḧ̸́e", "2021-06-06", ("C̷o̷m̷e̷s̷", "Unnormalised Café")),
)
"""Performers whose names and titles cause trouble; the listener likes them a little less, and never best."""

PERFORMERS = (*MUSICIANS, *TROUBLEMAKERS)

EXPLICIT = {"Carrier Lost", "Last Ride", "Batteries?", "Edge Case", "Red Dust"}

PODCASTS = (
    Podcast("The Overlong Footnote", ("On Ibid., & Other Small Words", "A History of the Asterisk")),
    Podcast("Küchenradio", ("Was kocht im Äther?", "Soup, Live")),
)


PLAYLISTS = ("Rainy commute", "Sleep", "Kitchen dance")
"""The listener's own playlists; only their ids are sent, in contexts."""


def digest(what: str, of: object) -> bytes:
    """Return 32 bytes that look random, but are always the same for the same thing."""
    return hashlib.sha256(f"{what}:{of}".encode()).digest()


@cache
def number(what: str, of: object) -> int:
    """Return a number that looks random, but is always the same for the same thing."""
    return int.from_bytes(digest(what, of)[:6])


@cache
def spotify_id(kind: str, name: str) -> str:
    """Make up an id: 22 letters and digits, always the same for the same name."""
    rest = int.from_bytes(digest(kind, name))
    alphabet = digits + ascii_letters
    characters = []
    for _ in range(22):
        rest, index = divmod(rest, len(alphabet))
        characters.append(alphabet[index])
    return "".join(characters)


@cache
def picture_id(name: str) -> str:
    """Make up a picture's id: 24 hexadecimal digits."""
    return digest("picture", name).hex()[:24]

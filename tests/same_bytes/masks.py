"""What of an output is wording, and what is data.

Two versions of altool must write the same data; its sentences may be worded
anew. `content` takes an output apart into lines of data, which are compared to
the letter, and the words that were masked, which are compared too, but whose
differences do not fail.

All masks are the tables below, each with its reason; the functions know how to
take a format apart and nothing of what altool calls things.
"""

import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Columns of tables, and names in JSON lines, with or without a --prefix.
TABLE_COLUMNS = {
    "reason": "says in a sentence why a row was chosen",
    "excluded": "says in words why hardware was left out; whether it is empty is compared",
}

# Rows of the tables `name,value` that train and inspect print.
NAMED_VALUES = {
    "target": "says in words on which scale it was learned (train)",
    "interval": "says in words how the interval is made (train, inspect)",
}

# Texts in JSON, by their path; an index in a list is [].
JSON_TEXTS = {
    "summary": "what was gained, in a sentence (report)",
    "notes": "remarks in sentences (report)",
    "head.version": "the version of altool (report)",
    "head.features[].kind": "kind of a feature in words (report)",
    "uncertain_regions[].description": "names rows in words (report)",
    "sentences": "what is said of a batch (--explain)",
    "regions[].description": "names rows in words (--explain)",
    "picks[].reason": "says in a sentence why a row was chosen (--explain)",
    "map.axes": "names of the map's axes, in words (--explain)",
    "[].sentence": "the verdict in a sentence (simulate)",
    "[].summary": "describes a strategy or a learner",
    "[].options[].summary": "describes an option of a strategy",
    "[].default": "says in words when a strategy is taken; true and false are compared",
    "target": "says in words on which scale it was learned (train)",
    "interval": "says in words how the interval is made (train)",
    "summary.interval": "says in words how the interval is made (inspect)",
}

# Elements of pages whose whole content is words. Of all other texts the
# numbers are compared, and every tag and attribute, the drawings' included.
PAGE_ELEMENTS = {
    "title": "title of the page or of a drawing",
    "desc": "describes a drawing",
    "h1": "a heading",
    "h2": "a heading",
    "p": "sentences",
    "li": "sentences and legends",
    "caption": "a heading of a table",
    "figcaption": "a heading of a drawing and its sentences",
    "summary": "a heading",
    "footer": "a sentence with the version of altool",
}
PAGE_ATTRIBUTES = {"aria-label": "describes a part of the page"}

# Fields of manifest.json in a model file.
MANIFEST_FIELDS = {
    "altool": "the version of altool that wrote the file",
    "format": "the number of the format",
}

# What is masked by its kind, not by a name.
KINDS = {
    "standard error": "notes, warnings and errors are sentences",
    "listings": "CSV of altool strategies and learners, but for the names in its first "
    "column; the JSON has the rest as data",
    "tables for the eye": "lines that are no rows of a table, and texts in cells; "
    "numbers in rows are compared",
    "pages": "texts outside the elements above, but for their numbers; how digits "
    "are grouped and how minus and powers of ten are written",
    "model files": "the checksum in the archive's comment, which follows from the rest",
}

MASK = "‹words›"


@dataclass
class Content:
    """An output taken apart."""

    data: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def mask(self, text: str) -> str:
        """Keeps `text` as words; what stands for it in the data."""
        if text == "":
            return ""
        self.words.append(text)
        return MASK


def content(kind: str, raw: bytes) -> Content:
    """An output of that kind taken apart; see `kind_of`."""
    if kind in ("bytes", "altool"):
        return model(raw) if kind == "altool" else plain(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return plain(raw)
    match kind:
        case "csv":
            return table(text, ",")
        case "tsv":
            return table(text, "\t")
        case "listing":
            return listing(text)
        case "jsonl":
            return json_lines(text)
        case "json":
            return json_text(text)
        case "html":
            return page(text)
        case "eye":
            return for_the_eye(text)
        case "words":
            return Content([], text.splitlines())
    raise ValueError(f"no kind of output: {kind}")


def kind_of(path: str) -> str:
    """The kind of a file by its name."""
    ending = path.rsplit(".", 1)[-1]
    return ending if ending in ("csv", "tsv", "jsonl", "json", "html", "altool") else "bytes"


def plain(raw: bytes) -> Content:
    """Bytes of which nothing is masked, 32 a line."""
    return Content([raw[at : at + 32].hex(" ") for at in range(0, len(raw), 32)])


# Tables


def table(text: str, separator: str) -> Content:
    """CSV or TSV: every cell as it is quoted, but for those in words."""
    found = Content()
    if text and not text.endswith("\n"):
        found.data.append("(the last line does not end)")
    records = csv_records(text, separator)
    names = records[0] if records else []
    masked = {at for at, name in enumerate(names) if is_words(name, TABLE_COLUMNS)}
    named = names == ["name", "value"]
    for at, cells in enumerate(records):
        columns = masked if at else set()
        if named and cells[0] in NAMED_VALUES:
            columns = {1}
        shown = [found.mask(cell) if i in columns else cell for i, cell in enumerate(cells)]
        found.data.append(separator.join(shown))
    return found


def listing(text: str) -> Content:
    """CSV that lists altool's own names: all columns but the first are words."""
    found = Content()
    for name, *rest in csv_records(text, ","):
        found.data.append(name)
        found.words.append(",".join(rest))
    return found


def is_words(name: str, columns: dict[str, str]) -> bool:
    return any(name == column or name.endswith("_" + column) for column in columns)


def csv_records(text: str, separator: str) -> list[list[str]]:
    """The cells of each record, with their quotes."""
    records, cells = [], []
    start, quoted = 0, False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in (separator, "\n"):
            cells.append(text[start:at])
            start = at + 1
            if letter == "\n":
                records.append(cells)
                cells = []
    if start < len(text) or cells:
        records.append([*cells, text[start:]])
    return records


# JSON


class Number(str):
    """A number as it is written, for 0.1 and 0.10 are not the same bytes."""


def parsed(text: str):
    """JSON with objects as lists of pairs, so that their order is compared."""
    return json.loads(
        text,
        object_pairs_hook=Pairs,
        parse_float=Number,
        parse_int=Number,
        parse_constant=Number,
    )


class Pairs(list):
    """An object of JSON in its order."""


def json_text(text: str) -> Content:
    """A JSON value, a line for each value in it with its path."""
    found = Content()
    if text == "":
        return found
    try:
        value = parsed(text)
    except ValueError:
        return Content(["(no JSON)", *text.splitlines()])
    flatten(found, "", "", value)
    return found


def flatten(found: Content, path: str, pattern: str, value) -> None:
    """Adds a value by its path; the pattern is the path without indices."""
    if pattern in JSON_TEXTS and is_text(value):
        texts = [value] if isinstance(value, str) else list(value)
        found.data.append(f"{path} = {MASK if any(texts) else 'empty'}")
        found.words.extend(texts)
    elif isinstance(value, Pairs):
        found.data.append(f"{path} {{{len(value)}}}")
        for name, inner in value:
            dot = "." if path else ""
            flatten(found, f"{path}{dot}{name}", f"{pattern}{dot}{name}", inner)
    elif isinstance(value, list):
        found.data.append(f"{path} [{len(value)}]")
        for at, inner in enumerate(value):
            flatten(found, f"{path}[{at}]", f"{pattern}[]", inner)
    else:
        found.data.append(f"{path} = {literal(value)}")


def is_text(value) -> bool:
    """A text, or a list of texts."""
    if isinstance(value, list) and not isinstance(value, Pairs):
        return all(is_text(inner) and isinstance(inner, str) for inner in value)
    return isinstance(value, str) and not isinstance(value, Number)


def literal(value) -> str:
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def json_lines(text: str) -> Content:
    """A JSON object per line, compared to the letter but for its words."""
    found = Content()
    for line in text.splitlines():
        try:
            names = parsed(line)
        except ValueError:
            found.data.append(line)
            continue
        for name, value in names:
            if is_words(name, TABLE_COLUMNS) and is_text(value) and value:
                written = json.dumps(name) + ":" + json.dumps(value, ensure_ascii=False)
                line = line.replace(written, json.dumps(name) + ":" + found.mask(value), 1)
        found.data.append(line)
    return found


# Texts for the eye

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
SPACES = "\u202f\u2009\u00a0"
NUMBER = re.compile(
    # A minus or plus that is no hyphen, digits in groups, a fraction.
    rf"(?:(?<!\w)[-−+])?\d+(?:[{SPACES}]\d{{3}})*(?:\.\d+)?"
    # A power of ten.
    r"(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[eE][-+]?\d+\b)?"
    r"|[-−]?∞"
)


def numbers(text: str) -> list[str]:
    """The numbers in a text, however minus, groups and powers are written."""
    return [canonical(found) for found in NUMBER.findall(text)]


def canonical(number: str) -> str:
    for space in SPACES:
        number = number.replace(space, "")
    return number.replace("−", "-").replace("×10", "e").translate(SUPERSCRIPTS)


def for_the_eye(text: str) -> Content:
    """Tables and sentences: of rows, which have two columns or more, the
    numbers of each cell are data; all else is words."""
    found = Content()
    for line in text.splitlines():
        cells = re.split(r" {2,}", line.strip())
        if len(cells) > 1:
            found.data.append(" | ".join(" ".join(numbers(cell)) or "·" for cell in cells))
        found.words.append(line)
    return found


# Pages

VOID_ELEMENTS = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class PageReader(HTMLParser):
    """Takes a page apart: a line of data per tag, and one for the numbers of
    each text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Content()
        # Elements open inside one whose content is words.
        self.inside = 0
        self.element = ""

    def handle_starttag(self, tag, attrs):
        if self.inside:
            self.inside += tag not in VOID_ELEMENTS
            return
        shown = [
            f' {name}="{self.found.mask(value or "") if name in PAGE_ATTRIBUTES else value}"'
            for name, value in attrs
        ]
        self.element = tag
        if tag in PAGE_ELEMENTS:
            self.inside = 1
        else:
            self.found.data.append(f"<{tag}{''.join(shown)}>")

    def handle_endtag(self, tag):
        if self.inside:
            self.inside -= tag not in VOID_ELEMENTS
        elif tag not in VOID_ELEMENTS:
            self.found.data.append(f"</{tag}>")
        self.element = ""

    def handle_data(self, text):
        text = text.strip()
        if self.element == "style" and not self.inside:
            self.found.data.extend(text.splitlines())
        elif text:
            self.found.words.append(text)
            if not self.inside and numbers(text):
                self.found.data.append(" ".join(numbers(text)))

    def handle_decl(self, decl):
        self.found.data.append(f"<!{decl}>")


def page(text: str) -> Content:
    reader = PageReader()
    reader.feed(text)
    reader.close()
    return reader.found


# Model files


def model(raw: bytes) -> Content:
    """A model file by its entries: JSON by its lines, all else by its bytes."""
    found = Content()
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for entry in archive.infolist():
                kept = (entry.compress_type, entry.date_time)
                part = archive.read(entry)
                found.data.append(f"entry {entry.filename} {kept}")
                if entry.filename == "manifest.json":
                    part = manifest(found, part)
                if entry.filename.endswith(".json"):
                    found.data.extend(part.decode("utf-8").split("\n"))
                else:
                    found.data.append(f"{len(part)} bytes, {hashlib.sha256(part).hexdigest()}")
    except (zipfile.BadZipFile, UnicodeDecodeError):
        return plain(raw)
    return found


def manifest(found: Content, part: bytes) -> bytes:
    """The manifest, with the values of the masked fields of its top masked."""
    text = part.decode("utf-8")
    for name, value in parsed(text):
        if name in MANIFEST_FIELDS:
            written = re.escape(json.dumps(name)) + r"\s*:\s*" + re.escape(literal(value))
            text = re.sub(written, f'"{name}": {found.mask(literal(value))}', text, count=1)
    return text.encode("utf-8")

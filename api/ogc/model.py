"""What a collection is: its titles, the properties of its items, and who may read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from api.access import Permission
from gis.errors import Lang

Kind = Literal["string", "integer", "number", "boolean"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    zh: str
    en: str

    def __getitem__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    @property
    def both(self) -> dict[str, str]:
        """As pygeoapi's configuration wants it."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Field:
    """A property of a collection's items; JSON Schema ``type`` and ``format``, and if they are few what its values mean.

    ``words`` say what some values mean where there may be others.
    """

    name: str
    kind: Kind
    title: Text
    format: Literal["date", "date-time"] | None = None
    values: Mapping[str, Text] = field(default_factory=dict[str, Text], hash=False)
    words: Mapping[str, Text] = field(default_factory=dict[str, Text], hash=False)

    @property
    def schema(self) -> dict[str, object]:
        """The property's JSON Schema, without its title."""
        found: dict[str, object] = {"type": self.kind}
        if self.format is not None:
            found["format"] = self.format
        if self.values:
            found["enum"] = list(self.values)
        return found

    def described(self, lang: Lang) -> dict[str, object]:
        """The property's JSON Schema with its title and, in words, what its values mean."""
        meanings = "; ".join(f"{value} {text[lang]}" for value, text in self.meanings.items())
        return {**self.schema, "title": self.title[lang], **({"description": meanings} if meanings else {})}

    @property
    def meanings(self) -> Mapping[str, Text]:
        """What values mean, of all or of some."""
        return {**self.words, **self.values}


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection.

    Attributes
    ----------
    query : name of its query in ``provider.sql``.
    identifier : what an item's id is: a code, a UUID, an integer, or edition-old code-new code.
    permission : what a caller needs; None for everybody.
    tiled : whether vector tiles show it.
    fixed : whether its items belong to an edition (those of grids and units do, records have a history of their own).
    level : the one level of grids it shows; None for all.
    """

    id: str
    title: Text
    description: Text
    query: str
    geometry: Literal["multipolygon", "point"]
    identifier: Literal["grid", "unit", "uuid", "integer", "passage"]
    fields: tuple[Field, ...]
    permission: Permission | None = None
    tiled: bool = False
    fixed: bool = False
    level: int | None = None

    @property
    def home(self) -> str:
        """Id of the collection whose pages its items are shown under: grids of one level under ``grids``."""
        return self.id if self.level is None else "grids"

    @property
    def lasting(self) -> bool:
        """Whether an edition's items never change: units do, by hand."""
        return self.fixed and self.identifier != "unit"

    def field(self, name: str) -> Field | None:
        """The property of that name."""
        return next((field for field in self.fields if field.name == name), None)

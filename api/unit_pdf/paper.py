"""The paper that sheets are written on: A4, one Han font, a running foot, words in the reader's language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from api.unit_pdf.fonts import fonts
from gis.errors import Lang

MARGIN_MM = 14.0
INK, GREY, RULE, PALE = (20, 35, 31), (88, 109, 102), (190, 200, 196), (243, 246, 243)


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str

    def say(self, lang: Lang, **fields: object) -> str:
        """The text in a language with its fields filled in."""
        return (self.zh if lang == "zh" else self.en).format(**fields)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its share of the width, how its cells stand."""

    head: str
    share: int
    align: Literal["LEFT", "RIGHT", "CENTER"] = "LEFT"


class Paper(FPDF):
    """A document of A4 pages; measures in millimetres."""

    def __init__(self, lang: Lang, title: str, foot: str, pages: Words) -> None:
        super().__init__(format="A4")
        self.reader: Lang = lang
        self.c_margin = 0
        self._foot, self._pages = foot, pages
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(True, margin=18)
        for number, font in enumerate(fonts()):
            self.add_font(f"han{number}", fname=font.path, collection_font_number=font.face)
        self.set_fallback_fonts([f"han{number}" for number in range(1, len(fonts()))])
        self.set_title(title)
        self.set_lang("zh-CN" if lang == "zh" else "en")
        self.set_creator("wangge")
        self.set_font("han0", size=10)
        self.set_text_color(*INK)

    def footer(self) -> None:
        """Who printed it and when, that it is to be kept safe, and the page."""
        self.set_y(-13)
        self.set_font("han0", size=8)
        self.set_text_color(*GREY)
        self.cell(self.epw - 30, 5, self._foot)
        self.cell(30, 5, self._pages.say(self.reader, n=self.page_no(), all="{nb}"), align=Align.R)
        self.set_text_color(*INK)

    def line_of(self, text: str, size: float, *, grey: bool = False, gap: float = 1.0) -> None:
        """One line across the page; a longer text goes on below."""
        self.set_font("han0", size=size)
        self.set_text_color(*(GREY if grey else INK))
        self.multi_cell(self.epw, size * 0.5, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(*INK)
        self.ln(gap)

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """Terms and their values, a line each."""
        for term, value in rows:
            self.set_font("han0", size=10)
            self.set_text_color(*GREY)
            self.cell(26, 6, term)
            self.set_text_color(*INK)
            self.multi_cell(self.epw - 26, 6, value, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(1)

    def rows(self, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
        """A table whose head is repeated on every page."""
        self.set_font("han0", size=9.5)
        self.set_draw_color(*RULE)
        self.set_fill_color(255, 255, 255)
        self.set_line_width(0.2)
        table: Any
        with self.table(
            width=self.epw,
            col_widths=[column.share for column in columns],
            text_align=[column.align for column in columns],
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis=None, fill_color=PALE),
            line_height=5,
            padding=1,
        ) as table:
            for cells in ([column.head for column in columns], *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)

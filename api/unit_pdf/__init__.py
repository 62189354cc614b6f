"""Unit sheets (单元清单) as PDF: a map and a list to print and to carry."""

"""pygeoapi's configuration, generated: what a YAML file would hold, from the collections and the edition served."""

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

from api.ogc.collections import COLLECTIONS
from api.ogc.context import CRS84
from api.ogc.model import Collection, Text
from api.site_routes import NAMES_EN, NOTICE_EN, NOTICE_ZH
from gis.crs import KNOWN, STORAGE, Crs, metric_crs
from gis.errors import InvalidInput

Box = tuple[float, float, float, float]
NOTICE = Text(NOTICE_ZH, NOTICE_EN)
SUMMARY = Text(
    "一格一码的县域治理网格、联户单元与综治中心", "Coded governance grids, neighbour units and governance centres"
)
_LICENCE = Text("由发布单位规定", "As the publishing county states")


def crs_list(county: Box) -> tuple[Crs, ...]:
    """The systems offered: degrees both ways round, web Mercator and the county's own 3° zone in both numberings."""
    offered = [CRS84, KNOWN["EPSG:4326"], STORAGE, KNOWN["EPSG:3857"]]
    centre = (county[0] + county[2]) / 2
    with suppress(InvalidInput):  # no zone of China reaches there
        offered += [metric_crs(centre), metric_crs(centre, zone_prefix=True)]
    return tuple(offered)


def titles(county_code: str, county_name: str) -> Text:
    """Title of the whole API."""
    return Text(f"{county_name}网格数据服务", f"Grid data of {NAMES_EN.get(county_code, county_name)}")


def described(text: Text, *, synthetic: bool) -> Text:
    """A description, with the notice that data are synthetic where they are."""
    return Text(f"{text.zh}。{NOTICE.zh}", f"{text.en}. {NOTICE.en}") if synthetic else text


def configuration(
    *, url: str, title: Text, ids: tuple[str, ...], county: Box, begin: date, synthetic: bool, max_page: int
) -> dict[str, Any]:
    """The configuration of one API object.

    Parameters
    ----------
    url : address of the landing page.
    ids : the collections it has: what is not here does not exist for pygeoapi, in any format.
    county : extent in degrees, west, south, east, north.
    begin : first day of the first edition.
    """
    licence = NOTICE if synthetic else _LICENCE
    return {
        "server": {
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["zh", "en"],
            "limits": {"default_items": 100, "max_items": max_page, "on_exceed": "error"},
            "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": title.both,
                "description": described(SUMMARY, synthetic=synthetic).both,
                "keywords": {"zh": ["网格", "综治"], "en": ["grid", "governance"]},
                "keywords_type": "theme",
                "terms_of_service": licence.both,
                "url": url,
            },
            "license": {"name": licence.both, "url": url},
            "provider": {"name": title.both, "url": url},
            "contact": {"name": title.both, "url": url},
        },
        "resources": {
            name: _resource(COLLECTIONS[name], county=county, begin=begin, synthetic=synthetic) for name in ids
        },
    }


def _resource(collection: Collection, *, county: Box, begin: date, synthetic: bool) -> dict[str, Any]:
    crs = [offered.uri for offered in crs_list(county)]
    return {
        "type": "collection",
        "title": collection.title.both,
        "description": described(collection.description, synthetic=synthetic).both,
        "keywords": {"zh": [collection.title.zh], "en": [collection.title.en]},
        "links": [],
        "extents": {
            "spatial": {"bbox": list(county), "crs": CRS84.uri},
            "temporal": {"begin": datetime.combine(begin, time(), UTC), "end": None},
        },
        "providers": [
            {
                "type": "feature",
                "name": "api.ogc.provider.CountyProvider",
                "data": collection.id,
                "id_field": "code" if collection.field("code") else "id",
                "storage_crs": STORAGE.uri,
                "crs": crs,
            }
        ],
    }

"""Everything that a query for items matches, as a file in one of the formats."""

from collections.abc import Generator

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.config import NOTICE
from api.ogc.downloads import texts
from api.ogc.downloads.answer import Download
from api.ogc.downloads.formats import DOWNLOADS
from api.ogc.downloads.reading import Reading, Table
from api.ogc.model import Collection
from api.ogc.parameters import ItemsQuery
from api.ogc.visit import Visit, answer, shared_headers


def download(request: Request, seen: Visit, chosen: Collection, query: ItemsQuery) -> Response:
    """The items as a file, all of them unless the request has a ``limit``, however large; none if it asks for ``hits``.

    Raises
    ------
    NotSignedIn, Forbidden
    """
    form = DOWNLOADS[seen.format]
    frame = seen.frame
    table = Table(
        collection=chosen,
        fields=tuple(f for f in chosen.fields if query.select is None or f.name in query.select),
        shapes=not query.skip_geometry,
        crs=query.crs,
        edition=frame.edition.number,
        notice=f"{NOTICE.zh} {NOTICE.en}" if frame.edition.synthetic else "",
    )
    limit = 0 if query.hits else query.cut or query.limit if "limit" in seen.params else None
    reading = Reading(seen.asked(chosen, query), table, query, form, limit=limit)
    folder = seen.service.settings.data
    media = form.media + ("; charset=utf-8" if form.media.startswith("text/") else "")
    day = "" if chosen.fixed else f"-{frame.day(query.when)}"
    name = f"{chosen.id}-edition{table.edition}{day}.{form.suffix}"
    told = {"Content-Crs": f"<{query.crs.uri}>", "Content-Disposition": f'attachment; filename="{name}"'}
    lasting = chosen.lasting and "edition" in seen.params
    return Download(
        _pieces(seen.format, table, reading, seen),
        stop=reading.stop,
        folder=folder,
        whole=lambda body: answer(request, seen, body, media, lasting=lasting, headers=told),
        told={**shared_headers(seen, lasting=lasting), **told, "Content-Type": media},
    )


def _pieces(name: str, table: Table, reading: Reading, seen: Visit) -> Generator[bytes]:
    blocks = reading.blocks()
    if name == "geojson":
        yield from texts.geojson(table, blocks)
    elif name == "csv":
        yield from texts.as_csv(table, blocks)
    else:
        from api.ogc.downloads import arrow, files  # heavy, and needed for nothing else here

        folder = seen.service.settings.data
        if name == "parquet":
            yield from arrow.parquet(table, blocks)
        else:
            write = {"gpkg": files.geopackage, "fgb": files.flatgeobuf, "shp": files.shapefile}[name]
            yield from write(table, blocks, folder)

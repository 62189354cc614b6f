# pyright: basic, reportMissingImports=false
"""A real QGIS without windows that edits a draft over the web: reads one call a line as JSON, answers with one line.

It does what people do: signs in by an "API Header" authentication, adds the layer, moves vertices, splits, merges, saves.
"""

import json
import os
import sys
import tempfile

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QGIS_AUTH_DB_DIR_PATH"] = tempfile.mkdtemp()
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = tempfile.mkdtemp()

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsAuthMethodConfig,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorDataProvider,
    QgsVectorLayer,
    QgsVectorLayerUtils,
)

EDITING = ("AddFeatures", "DeleteFeatures", "ChangeAttributeValues", "ChangeGeometries")


def leaf():
    return QgsProject.instance().mapLayersByName("leaf")[0]


def feature(code):
    return next(leaf().getFeatures(f"\"code\" = '{code}'"))


def sign_in(token):
    """The number of an authentication that sends the token as a header."""
    manager = QgsApplication.authManager()
    manager.setMasterPassword("test", True)
    one = QgsAuthMethodConfig("APIHeader")
    one.setName("wangge")
    one.setConfig("Authorization", f"Bearer {token}")
    manager.storeAuthenticationConfig(one)
    return one.id()


def open_draft(url, token):
    project = QgsProject.instance()
    project.clear()
    layer = QgsVectorLayer(f"url='{url}' typename='leaf' authcfg={sign_in(token)}", "leaf", "OAPIF")
    told = {"version": Qgis.versionInt(), "valid": layer.isValid(), "error": layer.error().message()}
    if layer.isValid():
        project.addMapLayer(layer)
        offered = layer.dataProvider().capabilities()
        told["crs"] = layer.crs().authid()
        told["type"] = Qgis.WkbType(layer.wkbType()).name
        told["fields"] = [field.name() for field in layer.fields()]
        told["editing"] = [name for name in EDITING if offered & getattr(QgsVectorDataProvider, name)]
    return told


def save():
    done = leaf().commitChanges()
    errors = leaf().commitErrors()
    if not done:
        leaf().rollBack()
    return {"saved": done, "errors": errors}


def move_vertex(x, y, to_x, to_y):
    """Topological editing: the vertex at a place moves in every feature that has it."""
    leaf().startEditing()
    moved = 0
    for one in list(leaf().getFeatures(QgsGeometry.fromPointXY(QgsPointXY(x, y)).boundingBox().buffered(1e-9))):
        for i, vertex in enumerate(one.geometry().vertices()):
            if vertex.x() == x and vertex.y() == y:
                leaf().moveVertex(to_x, to_y, one.id(), i)
                moved += 1
                break
    return {"moved": moved, **save()}


def shift(code, by_x):
    one = feature(code)
    leaf().startEditing()
    shape = QgsGeometry(one.geometry())
    shape.translate(by_x, 0)
    leaf().changeGeometry(one.id(), shape)
    return save()


def set_value(code, field, value):
    one = feature(code)
    leaf().startEditing()
    leaf().changeAttributeValue(one.id(), leaf().fields().indexOf(field), value)
    return save()


def split(line):
    leaf().startEditing()
    result = leaf().splitFeatures([QgsPointXY(x, y) for x, y in line], True)
    return {"result": int(result), **save()}


def merge(codes, keep):
    """As "Merge Selected Features" of QGIS 3.32 and later does: one is drawn over all, the others are deleted."""
    union = QgsGeometry.unaryUnion([feature(code).geometry() for code in codes])
    leaf().startEditing()
    for code in codes:
        if code != keep:
            leaf().deleteFeature(feature(code).id())
    union.convertToMultiType()
    leaf().changeGeometry(feature(keep).id(), union)
    return save()


def add(wkt, values):
    leaf().startEditing()
    attributes = {leaf().fields().indexOf(name): value for name, value in values.items()}
    leaf().addFeature(QgsVectorLayerUtils.createFeature(leaf(), QgsGeometry.fromWkt(wkt), attributes))
    return save()


def delete(code):
    leaf().startEditing()
    leaf().deleteFeature(feature(code).id())
    return save()


def rows(again=False):
    """Code, name and outline of every feature; ``again`` asks the service anew, as "Reload" does."""
    if again:
        leaf().dataProvider().reloadData()
    return [[one["code"], one["name"], one.geometry().asWkt(15)] for one in leaf().getFeatures()]


CALLS = {f.__name__: f for f in (open_draft, move_vertex, shift, set_value, split, merge, add, delete, rows)}


def main():
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        sys.stdout.write(json.dumps(CALLS[name](*arguments), default=str) + "\n")
        sys.stdout.flush()
    os._exit(0)  # QGIS's own end may crash without windows


main()

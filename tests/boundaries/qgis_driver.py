# pyright: basic, reportMissingImports=false
"""A real QGIS without windows, run by the system's Python: reads one call a line as JSON, answers with one line.

It does what the buttons of QGIS do: moves vertices of all features at a place, splits, merges as QGIS 3.22 merges, saves.
The login comes from PGUSER and PGPASSWORD, as no project holds one.
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import Qgis, QgsApplication, QgsFeature, QgsGeometry, QgsPointXY, QgsProject, QgsVectorLayerUtils


def leaf():
    return QgsProject.instance().mapLayer("wangge_leaf")


def feature(code):
    return next(leaf().getFeatures(f"\"code\" = '{code}'"))


def open_project(address):
    project = QgsProject.instance()
    read = project.read(address)
    snapping = project.snappingConfig()
    return {
        "version": Qgis.versionInt(),
        "read": read,
        "layers": {name: layer.isValid() for name, layer in project.mapLayers().items()},
        "fields": {name: [f.name() for f in layer.fields()] for name, layer in project.mapLayers().items()},
        "widgets": {f.name(): leaf().editorWidgetSetup(i).type() for i, f in enumerate(leaf().fields())},
        "categories": [one.label() for one in leaf().renderer().categories()],
        "editable": [name for name, layer in project.mapLayers().items() if not layer.readOnly()],
        "refreshing": [name for name, layer in project.mapLayers().items() if layer.hasAutoRefreshEnabled()],
        "crs": project.crs().authid(),
        "topological": project.topologicalEditing(),
        "avoid": [layer.id() for layer in project.avoidIntersectionsLayers()],
        "transaction_group": project.autoTransaction(),
        "snapping": [snapping.enabled(), int(snapping.typeFlag()), snapping.tolerance()],
        "precision": leaf().geometryOptions().geometryPrecision(),
        "labels": [leaf().labelsEnabled(), leaf().labeling().settings().minimumScale],
        "read_only_fields": [f.name() for i, f in enumerate(leaf().fields()) if leaf().editFormConfig().readOnly(i)],
        "parents": sum(1 for _ in project.mapLayer("wangge_parent").getFeatures("\"label\" LIKE '%双柏县'")),
        "view": project.viewSettings().defaultViewExtent().toString(3),
    }


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


def rename(code, name):
    one = feature(code)
    leaf().startEditing()
    leaf().changeAttributeValue(one.id(), leaf().fields().indexOf("name"), name)
    return save()


def split(line):
    leaf().startEditing()
    result = leaf().splitFeatures([QgsPointXY(x, y) for x, y in line], True)
    return {"result": int(result), **save()}


def merge(codes, keep):
    """As "Merge Selected Features" of QGIS 3.22 does: all features are deleted and a new one is added."""
    parts = [feature(code) for code in codes]
    kept = feature(keep)
    union = QgsGeometry.unaryUnion([one.geometry() for one in parts])
    leaf().startEditing()
    for one in parts:
        leaf().deleteFeature(one.id())
    attributes = {i: kept.attribute(i) for i in range(len(leaf().fields())) if leaf().fields()[i].name() != "fid"}
    leaf().addFeature(QgsVectorLayerUtils.createFeature(leaf(), union, attributes))
    return save()


def begin_move(code, to_x):
    """Edit without saving: shift a grid east by degrees; ``save`` comes later."""
    one = feature(code)
    leaf().startEditing()
    shape = QgsGeometry(one.geometry())
    shape.translate(to_x, 0)
    leaf().changeGeometry(one.id(), shape)
    return {"edited": one.id()}


def rows(layer, columns):
    found = QgsProject.instance().mapLayer(layer)
    found.reload()
    return [[QgsFeature(one)[name] for name in columns] for one in found.getFeatures()]


CALLS = {f.__name__: f for f in (open_project, save, move_vertex, rename, split, merge, begin_move, rows)}


def main():
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        sys.stdout.write(json.dumps(CALLS[name](*arguments), default=str) + "\n")
        sys.stdout.flush()
    QgsProject.instance().clear()
    application.exitQgis()


main()

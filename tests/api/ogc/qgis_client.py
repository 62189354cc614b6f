# pyright: basic, reportMissingImports=false
"""A real QGIS without windows, run by the system's Python: opens a layer of OGC API Features and tells what it read, as JSON."""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import Qgis, QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer


def corners(box):
    return [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()]


def read(layer, request=None):
    return [
        [feature["code"], corners(feature.geometry().boundingBox())]
        for feature in layer.getFeatures(request or QgsFeatureRequest())
    ]


def main(url, name, box):
    layer = QgsVectorLayer(f"url='{url}' typename='{name}'", name, "OAPIF")
    told = {"version": Qgis.versionInt(), "valid": layer.isValid()}
    if layer.isValid():
        told["crs"] = layer.crs().authid()
        told["count"] = layer.featureCount()
        told["extent"] = corners(layer.extent())
        told["fields"] = {field.name(): field.typeName() for field in layer.fields()}
        told["box"] = read(layer, QgsFeatureRequest().setFilterRect(QgsRectangle(*box)))
        told["all"] = read(layer)
        told["level 4"] = read(layer, QgsFeatureRequest().setFilterExpression('"level" = 4'))
        layer.setSubsetString('"level" = 4')
        told["subset"] = read(layer)
    return told


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    print(json.dumps(main(sys.argv[1], sys.argv[2], [float(part) for part in sys.argv[3].split(",")])), flush=True)  # noqa: T201
    os._exit(0)  # QGIS's own end may crash without windows

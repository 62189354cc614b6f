/** What painting draws on the map, and how the map is moved to it. */

import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { calm, theme } from "../../shared/theme";
import type { Division } from "./division";
import { type FeatureCollection, points, ring, spokes } from "./layers";
import type { Active } from "./parts";

export class Scene {
  private readonly map: MapLibre;
  /** Households that the pointer is about to give to a unit, and the ring drawn around them. */
  under = new Map<string, string | null>();
  path: readonly [number, number][] = [];

  constructor(map: MapLibre) {
    this.map = map;
  }

  draw(division: Division, active: Active): void {
    this.put("painting", points(division, active, theme(), this.under));
    this.put("painting-lines", spokes(division, division.measures(), active, theme()));
    this.put("painting-lasso", ring(this.path));
  }

  clear(): void {
    this.under = new Map();
    this.path = [];
  }

  /** Shows all households beside the panel. */
  show(division: Division, panel: HTMLElement): void {
    const { households, grid } = division.board;
    const wide = innerWidth > 720;
    const padding = wide
      ? { top: 40, bottom: 40, right: 80, left: panel.offsetWidth + 40 }
      : { top: 24, left: 24, right: 64, bottom: panel.offsetHeight + 16 };
    const [lons, lats] = [households.map(({ lon }) => lon), households.map(({ lat }) => lat)];
    const [west, south, east, north] = households.length
      ? [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)]
      : grid.bbox;
    this.map.fitBounds([west, south, east, north], {
      padding,
      maxZoom: 17.5,
      animate: !calm(),
      duration: 700,
    });
  }

  private put(id: string, data: FeatureCollection): void {
    this.map.getSource<GeoJSONSource>(id)?.setData(data as Parameters<GeoJSONSource["setData"]>[0]);
  }
}

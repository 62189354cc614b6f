/** What every map of ours starts from: the worker of this origin, and the service's own style. */

import { type StyleSpecification, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { get } from "../shared/api";
import type { Theme } from "../shared/theme";

/** Points MapLibre to the worker that was built with the page; before the first map is made. */
export function useWorker(): void {
  setWorkerUrl(workerUrl);
}

const bases = new Map<Theme, Promise<StyleSpecification>>();

/** The service's style for a theme, fetched once. */
export function baseStyle(wanted: Theme): Promise<StyleSpecification> {
  const known = bases.get(wanted);
  if (known) return known;
  const base = get<StyleSpecification>("/tiles/style.json", { theme: wanted });
  bases.set(wanted, base);
  base.catch(() => bases.delete(wanted));
  return base;
}

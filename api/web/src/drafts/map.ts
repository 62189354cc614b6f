/** The map beside a draft: made once, then kept equal to what is shown. */

import { Map as MapLibre, NavigationControl, type RequestParameters, ScaleControl } from "maplibre-gl";
import { baseStyle, useWorker } from "../map/base";
import { byId, fill, h } from "../shared/dom";
import { onLang, type Pair, say } from "../shared/i18n";
import { session } from "../shared/session";
import { calm, onTheme, theme } from "../shared/theme";
import type { Bounds, Position, Site } from "../shared/types";
import { compose, SHOWN, type Shown } from "./style";
import { W } from "./words";

/** Sends the token where, and only where, tiles of a draft are asked of this origin. */
export function withToken(url: string, origin: string, token: string | undefined): RequestParameters {
  if (!token || !url.startsWith(`${origin}/drafts/`)) return { url };
  return { url, headers: { Authorization: `Bearer ${token}` } };
}

export class DraftMap {
  private readonly map: MapLibre;
  private readonly site: Site;
  private shown: Shown = SHOWN;

  private constructor(map: MapLibre, site: Site) {
    this.map = map;
    this.site = site;
  }

  /** Makes the map; throws where the style cannot be had or there is no WebGL. */
  static async make(site: Site, pick: (finding: number) => void): Promise<DraftMap> {
    useWorker();
    const { origin } = location;
    const map = new MapLibre({
      container: byId("map"),
      style: compose(await baseStyle(theme()), SHOWN, origin, theme()),
      bounds: site.bounds,
      fitBoundsOptions: { padding: 24 },
      minZoom: 6,
      maxZoom: 20,
      attributionControl: false,
      dragRotate: false,
      touchPitch: false,
      transformRequest: (url) => withToken(url, origin, session()?.access_token),
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new ScaleControl({ unit: "metric", maxWidth: 110 }), "bottom-left");
    const made = new DraftMap(map, site);
    made.listen(pick);
    return made;
  }

  private listen(pick: (finding: number) => void): void {
    const dots = ["findings-point", "findings-line", "findings-fill"];
    this.map.on("click", (event) => {
      const layers = dots.filter((id) => this.map.getLayer(id));
      const { x, y } = event.point;
      const [found] = this.map.queryRenderedFeatures(
        [
          [x - 6, y - 6],
          [x + 6, y + 6],
        ],
        { layers },
      );
      if (typeof found?.id === "number") pick(found.id);
    });
    const label = () => {
      this.map.getCanvas().setAttribute("aria-label", say(W.mapLabel));
      this.controls();
    };
    onTheme(() => void this.draw());
    onLang(label);
    label();
  }

  /** Shows other things, or some of them otherwise. */
  show(change: Partial<Shown>): void {
    this.shown = { ...this.shown, ...change };
    void this.draw();
    this.controls();
  }

  private async draw(): Promise<void> {
    const base = await baseStyle(theme()).catch(() => null);
    // A style that does not arrive leaves the one that stands.
    if (base) this.map.setStyle(compose(base, this.shown, location.origin, theme()));
  }

  fit(bounds: Bounds | null, maxZoom = 17): void {
    this.map.fitBounds(bounds ?? this.site.bounds, { padding: 60, maxZoom, animate: !calm(), duration: 700 });
  }

  centre(): Position {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  /** The switch between the draft and what is in force, and the key to the lines. */
  private controls(): void {
    const { draft, before } = this.shown;
    const live = Boolean(draft?.base_edition) && draft?.stage !== "published";
    const sides = byId("sides");
    sides.hidden = !live;
    const side = (text: string, value: boolean) =>
      h(
        "button",
        {
          attr: { type: "button", "aria-pressed": String(before === value) },
          on: { click: () => this.show({ before: value }) },
        },
        text,
      );
    fill(sides, side(say(W.after), false), side(say(W.before), true));
    const key = byId("key");
    key.hidden = !draft;
    const proposed = this.shown.proposal.features.length > 0;
    const rows: (readonly [string, Pair])[] = [
      ["new", W.legendNew],
      ["old", W.legendOld],
      ["passing", W.legendPassing],
      ["error", W.legendError],
      ["warning", W.legendWarning],
    ];
    if (proposed) rows.splice(1, 0, ["proposal", W.repair]);
    fill(
      key,
      h("ul", {}, ...rows.map(([name, pair]) => h("li", {}, h("i", { class: `key-${name}` }), say(pair)))),
    );
  }
}

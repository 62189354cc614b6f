/** Zoom, whole county, own position: buttons big enough for thumbs, in the reader's language. */

import type { Map as MapLibre } from "maplibre-gl";
import { byId, h } from "../shared/dom";
import { onLang, type Pair, say } from "../shared/i18n";
import { type IconName, icon } from "../shared/icons";
import { calm } from "../shared/theme";
import type { Context } from "./context";
import { tell } from "./tell";
import { goTo } from "./top/search";
import { W } from "./words";

export function controls(map: MapLibre, ctx: Context): void {
  const root = byId("controls");
  const motion = { animate: !calm() };
  const buttons: [IconName, Pair, () => void][] = [
    ["plus", W.zoomIn, () => map.zoomIn(motion)],
    ["minus", W.zoomOut, () => map.zoomOut(motion)],
    ["whole", W.wholeCounty, () => ctx.camera.fit(ctx.site.bounds, 2)],
  ];
  // Browsers tell a position only to pages from a secure origin.
  if (window.isSecureContext && "geolocation" in navigator)
    buttons.push(["here", W.myPlace, () => ownPlace(ctx)]);
  for (const [name, pair, press] of buttons) {
    const button = h("button", { attr: { type: "button" }, on: { click: press } }, icon(name));
    const label = () => {
      button.setAttribute("aria-label", say(pair));
      button.title = say(pair);
    };
    onLang(label);
    label();
    root.append(button);
  }
}

function ownPlace(ctx: Context): void {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => void goTo(ctx, [coords.longitude, coords.latitude]),
    () => tell(say(W.myPlaceFailed)),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
  );
}

/** What the parts of the page share. */

import type { Site } from "../shared/types";
import type { Camera } from "./camera";
import type { Store } from "./store";

export interface Context {
  site: Site;
  store: Store;
  camera: Camera;
  /** Begins to paint the units of a basic grid. */
  paint: (grid: string) => void;
  /** Opens the sign-in form. */
  askSignIn: () => void;
}

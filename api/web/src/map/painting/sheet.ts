/** Unit sheets as PDF files, saved by the browser. */

import { getFile } from "../../shared/api";
import { h } from "../../shared/dom";
import { say } from "../../shared/i18n";
import { errorWords } from "../load";
import { tell } from "../tell";
import { P } from "./words";

export function saveSheet(path: string): void {
  tell(say(P.preparing));
  void getFile(path, "application/pdf").then(
    (file) => {
      const href = URL.createObjectURL(file);
      h("a", { attr: { href, download: `${path.split("/")[2]}.pdf` } }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    },
    (error) => tell(errorWords(error)),
  );
}

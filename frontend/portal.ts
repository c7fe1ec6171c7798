// The citizens' pages: photographs are shown before they are sent. The position is the one chosen on
// the map (map.ts); none is read from the photograph.
//
//   <input type="file" accept="image/*" multiple data-photos data-max="4" data-max-mb="12">
//   <ul data-previews></ul>          (made after the input when the page has none)

import { forEach, whenRead } from "./parts";
import { word } from "./words";

function startPreview(input: HTMLInputElement): void {
  const list =
    input.closest("form")?.querySelector<HTMLElement>("[data-previews]") ??
    input.insertAdjacentElement("afterend", document.createElement("ul"));
  if (!list) return;
  list.setAttribute("aria-live", "polite");
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    const fault = faultOf(files, input.dataset);
    input.setCustomValidity(fault);
    list.replaceChildren(...files.map(preview));
    if (fault) {
      const line = Object.assign(document.createElement("li"), { className: "error", textContent: fault });
      list.prepend(line);
      input.reportValidity();
    }
  });
}

/** Why these files cannot be sent, or nothing. The server checks again. */
function faultOf(files: File[], limits: DOMStringMap): string {
  const most = Number(limits.max ?? Number.POSITIVE_INFINITY);
  const size = Number(limits.maxMb ?? Number.POSITIVE_INFINITY);
  if (files.length > most) return word("tooMany") + most;
  for (const file of files) {
    if (!file.type.startsWith("image/")) return `${file.name} ${word("notAPhoto")}`;
    if (file.size > size * 1024 * 1024) return `${file.name} ${word("tooLarge")} ${size} MB`;
  }
  return "";
}

function preview(file: File): HTMLLIElement {
  const line = document.createElement("li");
  const address = URL.createObjectURL(file);
  const image = Object.assign(document.createElement("img"), {
    src: address,
    alt: `${word("photo")} ${file.name}`,
    height: 96,
  });
  image.addEventListener("load", () => URL.revokeObjectURL(address));
  image.addEventListener("error", () => image.replaceWith(file.name));
  line.append(image);
  return line;
}

whenRead(() => forEach("input[type=file][data-photos]", startPreview));

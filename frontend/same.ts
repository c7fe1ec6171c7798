import htmx from "htmx.org";
import { forEach } from "./parts";

/**
 * A file field that asks whether the file is there already: `<input type="file" data-same="ADDRESS">`.
 *
 * Only its SHA-256 is sent, before the form is; the answer is put into the form's element of id `odd`.
 * Browsers hash on https and on this machine only; elsewhere the server says the same once it has the file.
 */
export function startSame(): void {
  forEach<HTMLInputElement>("input[type=file][data-same]", (field) => {
    field.addEventListener("change", () => {
      void ask(field);
    });
  });
}

async function ask(field: HTMLInputElement): Promise<void> {
  const file = field.files?.[0];
  const target = document.getElementById("odd");
  if (!file || !target || !isSecureContext) return;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (field.files?.[0] !== file) return;
  await htmx.ajax("get", `${field.dataset.same}?sha256=${hex}`, { target, swap: "innerHTML" });
}

// A lost connection is said and survived.

import { hideNotice, showNotice } from "./notice";
import { word } from "./words";

/** Say when the connection goes, and hold back a form that could not arrive. */
export function startConnection(): void {
  window.addEventListener("offline", () => showNotice(word("offline")));
  window.addEventListener("online", hideNotice);
  document.addEventListener(
    "submit",
    (event) => {
      if (navigator.onLine) return;
      event.preventDefault();
      showNotice(word("offline"));
    },
    true,
  );
  document.addEventListener("htmx:sendError", () => showNotice(word(navigator.onLine ? "failed" : "offline")));
  document.addEventListener("htmx:timeout", () => showNotice(word("failed")));
}

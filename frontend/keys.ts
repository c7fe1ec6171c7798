// Keyboard for everything: a press of its key clicks a `[data-key]` link or button and focuses a
// `[data-key]` field; j and k walk through `[data-rows]`; ? lists all of them.

import { word } from "./words";

/** Listen for the keys of the page, now and after parts of it were replaced. */
export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (pressed(event.key)) event.preventDefault();
  });
}

function pressed(key: string): boolean {
  const target = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (target) {
    if (target.matches("input:not([type=submit]):not([type=button]), textarea, select")) target.focus();
    else target.click();
    return true;
  }
  if (key === "?") {
    showHelp();
    return true;
  }
  return (key === "j" && step(1)) || (key === "k" && step(-1));
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
}

/** Move the focus to the first link of the next or previous row. */
function step(by: 1 | -1): boolean {
  const links = [...document.querySelectorAll("[data-rows] > *")]
    .map((row) => row.querySelector<HTMLElement>("a[href], button"))
    .filter((link): link is HTMLElement => link !== null);
  if (links.length === 0) return false;
  const row = document.activeElement?.closest("[data-rows] > *");
  const at = links.findIndex((link) => row?.contains(link));
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next]?.focus();
  return true;
}

function showHelp(): void {
  const lines = new Map<string, string>();
  for (const element of document.querySelectorAll<HTMLElement>("[data-key]")) {
    const key = element.dataset.key;
    if (key && !lines.has(key)) lines.set(key, nameOf(element));
  }
  if (document.querySelector("[data-rows]")) {
    if (!lines.has("j")) lines.set("j", word("nextRow"));
    if (!lines.has("k")) lines.set("k", word("previousRow"));
  }
  lines.set("?", word("thisHelp"));

  const dialog = document.createElement("dialog");
  dialog.className = "shortcuts";
  const title = document.createElement("h2");
  title.textContent = word("shortcuts");
  const list = document.createElement("dl");
  for (const [key, name] of lines) {
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    list.append(term, Object.assign(document.createElement("dd"), { textContent: name }));
  }
  const close = Object.assign(document.createElement("button"), { textContent: word("close") });
  close.addEventListener("click", () => dialog.remove());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(title, list, close);
  document.body.append(dialog);
  if (typeof dialog.showModal === "function") dialog.showModal();
  else dialog.setAttribute("open", "");
  close.focus();
}

function nameOf(element: HTMLElement): string {
  const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null;
  const name = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? label ?? element.textContent;
  return (name || element.title || element.getAttribute("placeholder") || "").trim().replace(/\s+/g, " ");
}

// Keyboard for everything. A press of its key clicks a `[data-key]` link or button and focuses a
// `[data-key]` field ("g c" is g, then c); `OWN` below are the keys that belong to no element. The
// overlay of ? is made of the same two, so it cannot say anything else than what is bound.
// Keys do nothing in a field or while an input method composes; Ctrl+Enter sends the form one is in.

import { word } from "./words";

type Name = Parameters<typeof word>[0];
interface Own {
  key: string;
  name: Name;
  run: () => boolean; // false where there is nothing to do on this page
  here: () => boolean;
}

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-rows] > *")];
const links = (): HTMLElement[] =>
  rows()
    .map((row) => row.querySelector<HTMLElement>("a[href], button"))
    .filter((link): link is HTMLElement => link !== null);
const hasRows = (): boolean => document.querySelector("[data-rows]") !== null;
const hasTicks = (): boolean => document.querySelector("[data-rows] input[type=checkbox]") !== null;

const OWN: Own[] = [
  { key: "j", name: "nextRow", run: () => step(1), here: hasRows },
  { key: "k", name: "previousRow", run: () => step(-1), here: hasRows },
  { key: "o", name: "openRow", run: open, here: hasRows },
  { key: "x", name: "chooseRow", run: choose, here: hasTicks },
  { key: "?", name: "thisHelp", run: showHelp, here: () => true },
];
// Shown in the overlay; bound where the field is.
const IN_FIELDS: { key: string; name: Name; selector: string }[] = [
  { key: "Ctrl+Enter", name: "send", selector: "form textarea, form select" },
  { key: "Alt+T", name: "templates", selector: "[data-templates] li" },
  { key: "@", name: "mention", selector: "[data-mentions]" },
  { key: "Esc", name: "leaveField", selector: "input, textarea" },
];
const SECOND_KEY_WITHIN = 1500;

let first = "";
let firstAt = 0;

/** Listen for the keys of the page, now and after parts of it were replaced. */
export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (send(event.target)) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) {
      // An input method that closes its window by Escape is composing still.
      if (event.key === "Escape" && event.keyCode !== 229) (event.target as HTMLElement).blur();
      return;
    }
    if (pressed(meant(event))) event.preventDefault();
  });
}

/** The key that was meant: an input method may say only that it handles it, the position tells. */
function meant(event: KeyboardEvent): string {
  if (event.key !== "Process" && event.keyCode !== 229) return event.key;
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  if (event.code === "Slash") return event.shiftKey ? "?" : "/";
  return /^Digit(\d)$/.exec(event.code)?.[1] ?? event.key;
}

function pressed(key: string): boolean {
  if (key === "Shift") return false;
  const before = Date.now() - firstAt < SECOND_KEY_WITHIN ? first : "";
  first = "";
  const target = (before && bound(`${before} ${key}`)) || bound(key);
  if (target) return press(target);
  const own = OWN.find((one) => one.key === key && one.here());
  if (own) return own.run();
  if (document.querySelector(`[data-key^="${CSS.escape(key)} "]`)) {
    first = key;
    firstAt = Date.now();
    return true;
  }
  return false;
}

/** What a key is bound to: in the open pane before the rest of the page. */
function bound(key: string): HTMLElement | null {
  const selector = `[data-key="${CSS.escape(key)}"]`;
  const found = [...document.querySelectorAll<HTMLElement>(`#pane ${selector}`), ...document.querySelectorAll<HTMLElement>(selector)];
  return found.find((one) => !one.closest("[hidden]")) ?? null;
}

function press(target: HTMLElement): boolean {
  if (target.matches("input:not([type=submit]):not([type=button]):not([type=checkbox]), textarea, select")) {
    target.focus();
    target.scrollIntoView({ block: "nearest" });
    return true;
  }
  const anchor = target.getAttribute("href") ?? "";
  const details = anchor.startsWith("#") ? document.getElementById(anchor.slice(1)) : target.closest("summary")?.parentElement;
  if (!(details instanceof HTMLDetailsElement)) {
    target.click();
    return true;
  }
  details.open = true;
  details.scrollIntoView({ block: "nearest" });
  const field = details.querySelector<HTMLElement>(
    "select, textarea, input:not([type=hidden]):not([type=file]), button",
  );
  field?.focus();
  return true;
}

function send(target: EventTarget | null): boolean {
  const form = target instanceof HTMLElement ? target.closest("form") : null;
  if (!form) return false;
  form.requestSubmit(form.querySelector<HTMLButtonElement>("button.pri") ?? undefined);
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
}

/** The row that has the focus, else the one that is open. */
function row(): HTMLElement | null {
  return document.activeElement?.closest<HTMLElement>("[data-rows] > *") ?? document.querySelector("[data-rows] > .current");
}

/** Move the focus to the first link of the next or previous row. */
function step(by: 1 | -1): boolean {
  const all = links();
  if (all.length === 0) return false;
  const here = row();
  const at = all.findIndex((link) => here?.contains(link));
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  all[next]?.focus();
  return true;
}

function open(): boolean {
  const link = row()?.querySelector<HTMLElement>("a[href], button") ?? links()[0];
  link?.click();
  return link !== undefined;
}

function choose(): boolean {
  row()?.querySelector<HTMLElement>("input[type=checkbox]")?.click();
  return true;
}

function showHelp(): boolean {
  const lines = new Map<string, string>();
  for (const element of document.querySelectorAll<HTMLElement>("#pane [data-key], [data-key]")) {
    const key = element.dataset.key;
    if (key && !lines.has(key) && !element.closest("[hidden]")) lines.set(key, nameOf(element));
  }
  for (const one of OWN) if (!lines.has(one.key) && one.here()) lines.set(one.key, word(one.name));
  for (const one of IN_FIELDS) if (document.querySelector(one.selector)) lines.set(one.key, word(one.name));

  const dialog = document.createElement("dialog");
  dialog.className = "shortcuts";
  const title = document.createElement("h2");
  title.textContent = word("shortcuts");
  const list = document.createElement("dl");
  for (const [key, name] of lines) {
    const pair = document.createElement("div");
    const term = document.createElement("dt");
    term.append(Object.assign(document.createElement("kbd"), { textContent: key === "Escape" ? "Esc" : key }));
    pair.append(term, Object.assign(document.createElement("dd"), { textContent: name }));
    list.append(pair);
  }
  const close = Object.assign(document.createElement("button"), { textContent: word("close"), className: "btn" });
  close.addEventListener("click", () => dialog.remove());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(title, list, close);
  document.body.append(dialog);
  if (typeof dialog.showModal === "function") dialog.showModal();
  else dialog.setAttribute("open", "");
  close.focus();
  return true;
}

function nameOf(element: HTMLElement): string {
  const field = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
  const label = field ? element.labels?.[0]?.textContent : null;
  const name = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? label ?? element.textContent;
  return (name || element.title || element.getAttribute("placeholder") || "").trim().replace(/\s+/g, " ").slice(0, 40);
}

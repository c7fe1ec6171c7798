// The workbench: list left, case right, so that one case follows the other without a page being
// loaded; and words on a case: @ names people, Alt+T puts in a template.
//
// Everything here is a form or a link of the server's that works without it; what changes is where
// the answer is shown.

import "./desk.css";
import { startChanges } from "./desk-live";
import { startUndo } from "./desk-undo";
import { startWords } from "./desk-words";
import { forEach, whenRead } from "./parts";
import { word } from "./words";

const WIDE = "(min-width: 1024px)";
const CASE = /^\/cases\/(A-[^/]+)\/$/;
const WAIT = 150; // ms: who holds j down does not ask for every case

let waiting = 0;
let asked = 0;

function startDesk(): void {
  const desk = document.getElementById("desk");
  const pane = document.getElementById("pane");
  if (!desk || !pane) return;
  startTicks(desk);
  startChanges(desk, pane);

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("#desk a[href]") : null;
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const number = CASE.exec(link.pathname)?.[1];
    if (!number || link.hash || "whole" in link.dataset || !matchMedia(WIDE).matches) return;
    event.preventDefault();
    void show(pane, number);
  });
  pane.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-close]")) close(pane);
  });
  desk.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("tr[data-case]") : null;
    if (!row || pane.hidden || row.classList.contains("current")) return;
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void show(pane, row.dataset.case ?? "", false), WAIT);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || !pane.contains(form)) return;
    event.preventDefault();
    void send(pane, form, event.submitter);
  });
  const number = new URLSearchParams(location.search).get("case");
  if (number && matchMedia(WIDE).matches) void show(pane, number);
}

/** Put a case into the right pane; `focus` says whether its heading takes the focus from the list. */
async function show(pane: HTMLElement, number: string, focus = false): Promise<void> {
  clearTimeout(waiting);
  mark(number);
  await fill(pane, fetch(`/cases/${encodeURIComponent(number)}/`, { headers: { "X-Pane": "1" } }), focus);
}

/** Send a form of the pane. After a step of a case the next one of the list is opened at once. */
async function send(pane: HTMLElement, form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  const headers: Record<string, string> = { "X-Pane": "1" };
  const row = document.querySelector<HTMLElement>("tr.current");
  const step = form.closest("details.act") !== null;
  const next = step ? nextOf(row) : null;
  if (next?.dataset.case) headers["X-Next"] = next.dataset.case;
  const body = new FormData(form);
  if (button instanceof HTMLButtonElement && button.name) body.append(button.name, button.value);
  for (const one of form.querySelectorAll("button")) one.disabled = true;
  const fine = await fill(pane, fetch(form.action, { method: "POST", body, headers }), false);
  if (fine && form.closest("[data-undo]")) {
    const number = pane.querySelector<HTMLElement>("[data-number]")?.dataset.number ?? "";
    document.querySelector(`tr[data-case="${CSS.escape(number)}"]`)?.classList.remove("handled");
  }
  if (fine && step && row) {
    row.classList.add("handled");
    if (next) mark(next.dataset.case ?? "");
  }
  if (fine) document.dispatchEvent(new CustomEvent("desk:look"));
  for (const one of form.querySelectorAll("button")) one.disabled = false;
}

/** Show what the server answers, a refusal too; false where it refused or did not answer. */
async function fill(pane: HTMLElement, answer: Promise<Response>, focus: boolean): Promise<boolean> {
  const mine = ++asked;
  pane.setAttribute("aria-busy", "true");
  try {
    const got = await answer;
    const text = await got.text();
    if (mine !== asked) return got.ok; // somebody moved on meanwhile
    if (!text.includes("pane-head")) {
      // No part of the workbench: signed out, or an error with a page of its own.
      location.assign(got.url);
      return false;
    }
    pane.innerHTML = text;
    pane.hidden = false;
    pane.scrollTop = 0;
    document.getElementById("desk")?.classList.add("split");
    const head = pane.querySelector<HTMLElement>("[data-number]");
    const number = head?.dataset.number ?? "";
    mark(number);
    remember(number);
    if (focus) head?.focus();
    return got.ok;
  } catch {
    document.dispatchEvent(new CustomEvent("htmx:sendError"));
    return false;
  } finally {
    pane.removeAttribute("aria-busy");
  }
}

function close(pane: HTMLElement): void {
  pane.hidden = true;
  pane.replaceChildren();
  document.getElementById("desk")?.classList.remove("split");
  document.querySelector<HTMLElement>("tr.current a[href]")?.focus();
  remember("");
}

function nextOf(row: HTMLElement | null): HTMLElement | null {
  let next = row?.nextElementSibling ?? null;
  while (next instanceof HTMLElement && next.classList.contains("handled")) next = next.nextElementSibling;
  return next instanceof HTMLElement ? next : null;
}

function mark(number: string): void {
  for (const row of document.querySelectorAll<HTMLElement>("tr[data-case]")) {
    const here = row.dataset.case === number;
    row.classList.toggle("current", here);
    row.toggleAttribute("aria-current", here);
    if (here) row.scrollIntoView({ block: "nearest" });
  }
}

function remember(number: string): void {
  const address = new URL(location.href);
  if (number) address.searchParams.set("case", number);
  else address.searchParams.delete("case");
  history.replaceState(null, "", address);
}

/** How many are chosen, and a box that chooses all of the page. */
function startTicks(desk: HTMLElement): void {
  const boxes = (): HTMLInputElement[] => [...desk.querySelectorAll<HTMLInputElement>("tbody input[type=checkbox]")];
  const count = (): void => {
    const chosen = boxes().filter((box) => box.checked).length;
    for (const place of desk.querySelectorAll("[data-chosen]")) place.textContent = chosen ? String(chosen) : "";
  };
  forEach<HTMLInputElement>("#desk [data-all]", (all) => {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes()) box.checked = all.checked;
      count();
    });
  });
  desk.addEventListener("change", count);
  count();
}

whenRead(() => {
  startDesk();
  startUndo();
  startWords(word("templates"));
});

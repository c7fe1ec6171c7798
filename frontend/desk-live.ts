// What others do appears without the page being loaded anew: asked every few seconds while the page
// is looked at, later where the server says so because many ask; it answers 304 as long as nothing
// happened.

import { word } from "./words";

const EVERY = 10_000;

interface Changes {
  new: number;
  rows: Record<string, string>;
  moved: string;
  others: string[];
}

/** Keep the list and the open case up to date. */
export function startChanges(desk: HTMLElement, pane: HTMLElement): void {
  let tag = "";
  let last = "";
  let next = 0;
  const look = async (): Promise<void> => {
    window.clearTimeout(next);
    next = window.setTimeout(() => void look(), EVERY);
    if (document.visibilityState !== "visible") return;
    const address = question(desk, pane);
    const headers: Record<string, string> = tag && address === last ? { "If-None-Match": tag } : {};
    let answer: Response;
    try {
      answer = await fetch(address, { headers });
    } catch {
      return; // the connection is said to be lost where somebody does something
    }
    const again = Number(answer.headers.get("X-Ask-Again")) * 1000;
    if (again > EVERY) {
      window.clearTimeout(next);
      next = window.setTimeout(() => void look(), again);
    }
    if (!answer.ok || answer.redirected) return;
    tag = answer.headers.get("ETag") ?? "";
    last = address;
    tell(desk, pane, (await answer.json()) as Changes);
  };
  next = window.setTimeout(() => void look(), EVERY);
  document.addEventListener("desk:look", () => void look());
  document.addEventListener("visibilitychange", () => void look());
}

function question(desk: HTMLElement, pane: HTMLElement): string {
  const address = new URL(desk.dataset.live ?? "", location.href);
  const rows = [...desk.querySelectorAll<HTMLElement>("tr[data-case]")];
  address.searchParams.set("after", desk.dataset.after ?? "0");
  address.searchParams.set("rows", rows.map((row) => `${row.dataset.case}:${row.dataset.version}`).join(","));
  const head = pane.querySelector<HTMLElement>("[data-number]");
  if (head) address.searchParams.set("open", `${head.dataset.number}:${head.dataset.version}`);
  return address.href;
}

function tell(desk: HTMLElement, pane: HTMLElement, said: Changes): void {
  const fresh = desk.querySelector<HTMLElement>(".fresh");
  if (fresh) {
    fresh.hidden = said.new === 0;
    const place = fresh.querySelector("span");
    if (place) place.textContent = `${said.new} ${word("newCases")}`;
  }
  for (const [number, html] of Object.entries(said.rows)) {
    const old = desk.querySelector<HTMLElement>(`tr[data-case="${CSS.escape(number)}"]`);
    const made = document.createElement("tbody");
    made.innerHTML = html;
    const row = made.firstElementChild;
    if (!old || !(row instanceof HTMLElement)) continue;
    const had = old.contains(document.activeElement);
    const box = old.querySelector<HTMLInputElement>("input[type=checkbox]");
    row.className = old.className;
    row.classList.add("changed");
    row.title = word("changed");
    if (old.hasAttribute("aria-current")) row.setAttribute("aria-current", "");
    const own = row.querySelector<HTMLInputElement>("input[type=checkbox]");
    if (own && box) own.checked = box.checked;
    old.replaceWith(row);
    if (had) row.querySelector<HTMLElement>("a[href]")?.focus();
  }
  show(pane, "[data-moved]", said.moved && `${word("moved")} ${said.moved}`);
  show(pane, "[data-others]", said.others.length ? `${said.others.join(", ")} ${word("looking")}` : "");
}

function show(pane: HTMLElement, selector: string, text: string): void {
  const place = pane.querySelector<HTMLElement>(selector);
  if (!place) return;
  place.hidden = text === "";
  place.textContent = text;
}

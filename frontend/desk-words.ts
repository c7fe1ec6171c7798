// Help in fields for words: after “@” a list of people and units, on Alt+T one of templates; both
// are chosen from by arrows and Enter.

import { forEach } from "./parts";

interface Choice {
  shown: string;
  put: () => void;
}

const TYPED = /(?:^|[^A-Za-z0-9._-])@([^\s@，。；：！？]{0,20})$/;

let list: HTMLUListElement | null = null;
let choices: Choice[] = [];
let at = 0;

/** Help in every field for words of the page. `label` names the list of templates. */
export function startWords(label: string): void {
  forEach<HTMLTextAreaElement>("textarea[data-mentions]", startMentions);
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement) || event.isComposing) return;
    if (event.altKey && event.code === "KeyT") {
      event.preventDefault();
      offer(field, label, templates(field));
    }
  });
}

function templates(field: HTMLTextAreaElement): Choice[] {
  return [...document.querySelectorAll<HTMLElement>("[data-templates] li")].map((one) => ({
    shown: one.textContent ?? "",
    put: () => put(field, one.dataset.text ?? "", 0),
  }));
}

function startMentions(field: HTMLTextAreaElement): void {
  let asked = 0;
  const look = async (): Promise<void> => {
    const typed = TYPED.exec(field.value.slice(0, field.selectionStart))?.[1];
    const mine = ++asked;
    if (typed === undefined) return close();
    const address = `${field.dataset.mentions}?q=${encodeURIComponent(typed)}`;
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok || mine !== asked || document.activeElement !== field) return;
    const { offers } = (await answer.json()) as { offers: { name: string; what: string }[] };
    offer(
      field,
      "@",
      offers.map((one) => ({
        shown: one.what ? `${one.what} @${one.name}` : `@${one.name}`,
        put: () => put(field, `${one.name} `, typed.length),
      })),
    );
  };
  field.addEventListener("input", (event) => {
    if (!(event as InputEvent).isComposing) void look();
  });
  field.addEventListener("compositionend", () => void look());
  field.addEventListener("blur", () => window.setTimeout(close, 150));
}

/** Put words where the caret stands, in place of the last `less` characters. */
function put(field: HTMLTextAreaElement, text: string, less: number): void {
  const caret = field.selectionStart;
  field.setRangeText(text, caret - less, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  close();
}

function offer(field: HTMLTextAreaElement, label: string, offered: Choice[]): void {
  close();
  if (offered.length === 0) return;
  choices = offered;
  at = 0;
  list = document.createElement("ul");
  list.className = "offers";
  list.id = "offers";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  offered.forEach((one, place) => {
    const line = document.createElement("li");
    line.id = `offer-${place}`;
    line.setAttribute("role", "option");
    line.textContent = one.shown;
    line.addEventListener("mousedown", (event) => {
      event.preventDefault();
      one.put();
    });
    list?.append(line);
  });
  field.insertAdjacentElement("afterend", list);
  field.setAttribute("aria-controls", "offers");
  field.addEventListener("keydown", choose);
  light(field);
}

function choose(event: KeyboardEvent): void {
  const field = event.currentTarget as HTMLTextAreaElement;
  if (!list || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    at = (at + (event.key === "ArrowDown" ? 1 : choices.length - 1)) % choices.length;
    light(field);
  } else if ((event.key === "Enter" && !event.ctrlKey) || event.key === "Tab") choices[at]?.put();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function light(field: HTMLTextAreaElement): void {
  list?.querySelectorAll("li").forEach((line, place) => line.setAttribute("aria-selected", String(place === at)));
  field.setAttribute("aria-activedescendant", `offer-${at}`);
}

function close(): void {
  const field = list?.previousElementSibling;
  if (field instanceof HTMLTextAreaElement) {
    field.removeEventListener("keydown", choose);
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  }
  list?.remove();
  list = null;
  choices = [];
}

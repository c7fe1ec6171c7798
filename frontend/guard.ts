// Never lose what somebody typed: a `form[data-guard]` keeps its words in this tab until they
// are sent, puts them back after a reload, and asks before the page is left.
// Passwords, files, phone numbers and `[data-private]` fields are never kept.

import { showNotice } from "./notice";
import { forEach } from "./parts";
import { word } from "./words";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const KEPT = "textarea, select, input:not([type=password]):not([type=file]):not([type=hidden]):not([type=tel])";
const PREFIX = "draft:";
const SENT = "draft-sent:";

/** Guard every form of the page that asks for it. */
export function startGuard(): void {
  forgetSent();
  forEach("form[data-guard]", guard);
}

function guard(form: HTMLFormElement): void {
  const key = nameOf(form);
  let changed = restore(form, key);

  form.addEventListener("input", () => {
    changed = true;
    sessionStorage.setItem(PREFIX + key, JSON.stringify(valuesOf(form)));
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    changed = false;
    sessionStorage.setItem(SENT + key, "1");
  });
  form.addEventListener("reset", () => {
    changed = false;
    sessionStorage.removeItem(PREFIX + key);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form) return; // a part of the form asked something
    if (!(event as CustomEvent<{ successful: boolean }>).detail.successful) return;
    changed = false;
    sessionStorage.removeItem(PREFIX + key);
  });
  window.addEventListener("beforeunload", (event) => {
    if (!changed || !form.isConnected) return;
    event.preventDefault();
    event.returnValue = "";
  });
}

/** Drafts that were sent and whose form is gone have arrived; one whose form came back has not. */
function forgetSent(): void {
  const here = new Set([...document.querySelectorAll<HTMLFormElement>("form[data-guard]")].map(nameOf));
  for (const sent of Object.keys(sessionStorage).filter((name) => name.startsWith(SENT))) {
    const key = sent.slice(SENT.length);
    if (!here.has(key)) sessionStorage.removeItem(PREFIX + key);
    sessionStorage.removeItem(sent);
  }
}

function nameOf(form: HTMLFormElement): string {
  return form.dataset.guard || location.pathname;
}

function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.querySelectorAll<Field>(KEPT)].filter((field) => field.name && !("private" in field.dataset));
}

function isChoice(field: Field): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}

function valuesOf(form: HTMLFormElement): [string, string, boolean][] {
  return fieldsOf(form).map((field) => [field.name, field.value, isChoice(field) && field.checked]);
}

/** Put kept words back where the server sent an empty field; true when any was. */
function restore(form: HTMLFormElement, key: string): boolean {
  const kept = sessionStorage.getItem(PREFIX + key);
  if (!kept) return false;
  let any = false;
  const values = JSON.parse(kept) as [string, string, boolean][];
  for (const field of fieldsOf(form)) {
    if (isChoice(field)) {
      const match = values.find(([name, value]) => name === field.name && value === field.value);
      if (match && field.checked !== match[2]) {
        field.checked = match[2];
        any = true;
      }
    } else {
      const match = values.find(([name]) => name === field.name);
      if (match && match[1] && !field.value) {
        field.value = match[1];
        any = true;
      }
    }
  }
  if (any) showNotice(word("restored"), { label: word("discard"), run: () => form.reset() });
  return any;
}

// The citizens' pages: photographs are shown before they are sent, and the server is asked where the
// first one was taken; the place that is offered is taken by a tap. The position is the one chosen on
// the map (map.ts).
//
//   <div data-photo-place="ADDRESS">   is filled with what the server says of a photograph's place
//   <button name="spot" value="114.1,34.2" data-spot>   puts a position into the form
//   <button data-kind="lamp-out">      chooses a kind of problem
//   <button data-answer="K-0001">      puts an article's words into the answer
//   <button data-here>                 sends the form with the device's position
//   <input type="file" accept="image/*" multiple data-photos data-max="4" data-max-mb="12">
//   <ul data-previews></ul>          (made after the input when the page has none)

import { showNotice } from "./notice";
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
    } else {
      void offerPlace(input, files[0]);
    }
  });
}

const HEAD = 256 * 1024; // bytes of a photograph within which its position stands

/** Ask where the photograph was taken, with its beginning; nothing is stored for that. */
async function offerPlace(input: HTMLInputElement, file: File | undefined): Promise<void> {
  const place = input.form?.querySelector<HTMLElement>("[data-photo-place]");
  const token = input.form?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value;
  if (!place || !file || !token) return;
  const asked = new FormData();
  asked.append("head", file.slice(0, HEAD), "head");
  asked.append("csrfmiddlewaretoken", token);
  try {
    const answer = await fetch(place.dataset.photoPlace ?? "", { method: "POST", body: asked });
    // The server's own words, as htmx would put them in.
    if (answer.ok && input.files?.[0] === file) place.innerHTML = await answer.text();
  } catch {
    place.replaceChildren(); // no connection: the place is chosen by hand
  }
}

/** A tap on a place that is offered puts it into the form, and the map shows it. */
function takeSpot(button: HTMLButtonElement): void {
  const form = button.form ?? button.closest("form");
  const [longitude, latitude] = button.value.split(",");
  const fields = { longitude, latitude, site: "" };
  for (const [name, value] of Object.entries(fields)) {
    const field = form?.querySelector<HTMLInputElement>(`[name=${name}]`);
    if (!field) continue;
    field.value = value ?? "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form?.querySelector("[name=longitude]")?.dispatchEvent(new Event("change", { bubbles: true }));
  form?.querySelector(".chosen")?.remove();
  press(button, "[data-spot]");
}

function takeKind(button: HTMLButtonElement): void {
  const kind = button.closest("form")?.querySelector<HTMLSelectElement>("[name=kind]");
  if (!kind) return;
  kind.value = button.dataset.kind ?? "";
  kind.dispatchEvent(new Event("change", { bubbles: true }));
  press(button, "[data-kind]");
}

/** The hotline desk: an article's words become the answer, and its number goes with them. */
function takeAnswer(button: HTMLButtonElement): void {
  const form = button.closest("form");
  const reply = form?.querySelector<HTMLTextAreaElement>("[name=reply]");
  const article = form?.querySelector<HTMLInputElement>("[name=article]");
  const words = document.getElementById(`answer-${button.dataset.answer}`)?.innerText;
  if (!reply || words === undefined) return;
  reply.value = words.trim();
  if (article) article.value = button.dataset.answer ?? "";
  reply.dispatchEvent(new Event("input", { bubbles: true }));
  reply.focus();
}

/** Of several buttons the one that was chosen. */
function press(button: HTMLElement, among: string): void {
  button.parentElement?.querySelectorAll(among).forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
}

/** Send a form with where the device is. */
function sendFromHere(button: HTMLButtonElement): void {
  const form = button.form;
  if (!form || !navigator.geolocation) return showNotice(word("noPosition"));
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      for (const [name, value] of [["longitude", coords.longitude], ["latitude", coords.latitude]] as const) {
        const field = form.elements.namedItem(name);
        if (field instanceof HTMLInputElement) field.value = value.toFixed(6);
      }
      form.requestSubmit();
    },
    () => showNotice(word("noPosition")),
    { enableHighAccuracy: true, timeout: 10_000 },
  );
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

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  if ("spot" in button.dataset) {
    event.preventDefault();
    takeSpot(button);
  } else if ("kind" in button.dataset) takeKind(button);
  else if ("answer" in button.dataset) takeAnswer(button);
  else if ("here" in button.dataset) sendFromHere(button);
});

whenRead(() => forEach("input[type=file][data-photos]", startPreview));

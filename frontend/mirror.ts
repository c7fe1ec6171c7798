import { forEach } from "./parts";

/**
 * A slider that shows and sets the number beside it: `<input type="range" data-mirrors="ID" hidden>`.
 *
 * The number field is what is sent and what works without scripts; the slider is hidden until then.
 */
export function startMirrors(): void {
  forEach<HTMLInputElement>("input[type=range][data-mirrors]", (slider) => {
    const field = document.getElementById(slider.dataset.mirrors ?? "");
    if (!(field instanceof HTMLInputElement)) return;
    slider.hidden = false;
    slider.addEventListener("input", () => {
      field.value = slider.value;
    });
    field.addEventListener("input", () => {
      if (field.value !== "") slider.value = field.value;
    });
  });
}

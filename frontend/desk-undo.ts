// The bar that offers to take back the last step: counts down, and is gone when the moment is over.
// Without scripts it names the moment; the server decides in any case.

const ends = new WeakMap<HTMLElement, number>();

/** Count down in every bar of the page, now and after parts of it were replaced. */
export function startUndo(): void {
  count();
  window.setInterval(count, 1000);
}

function count(): void {
  const bars = [...document.querySelectorAll<HTMLElement>("[data-undo]")];
  const newest = bars.find((bar) => bar.closest("#pane")) ?? bars[0];
  for (const bar of bars) {
    const end = ends.get(bar) ?? Date.now() + Number(bar.dataset.undo) * 1000;
    ends.set(bar, end);
    const left = Math.ceil((end - Date.now()) / 1000);
    // One step can be taken back: the one that the pane names, when it is open.
    bar.hidden = left <= 0 || bar !== newest;
    const place = bar.querySelector("[data-left]");
    if (place) place.textContent = `${left} s`;
  }
}

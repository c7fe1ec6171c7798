// One line at the foot of the window, read out by screen readers.

/** Show `text` until `hideNotice`; an optional button does one thing and closes it. */
export function showNotice(text: string, action?: { label: string; run: () => void }): void {
  const box = place();
  box.textContent = text;
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      action.run();
      hideNotice();
    });
    box.append(" ", button);
  }
  box.hidden = false;
}

/** Take the notice away. */
export function hideNotice(): void {
  place().hidden = true;
}

function place(): HTMLElement {
  let box = document.getElementById("notice");
  if (!box) {
    box = document.createElement("div");
    box.id = "notice";
    box.setAttribute("role", "status");
    box.hidden = true;
    document.body.append(box);
  }
  return box;
}

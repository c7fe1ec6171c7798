// Pages change in parts: htmx puts new ones in. What a script does to an element it does once, for those
// of the first page and for those that come later.

/**
 * Call `begin` for every element that matches, now and whenever a part is put in.
 *
 * An observer and not htmx's own events: those come up to 20 ms after the part is there, and a quick
 * typist has begun by then.
 */
export function forEach<E extends Element>(selector: string, begin: (element: E) => void): void {
  const seen = new WeakSet<Element>();
  const look = (): void => {
    for (const element of document.querySelectorAll<E>(selector)) {
      if (seen.has(element)) continue;
      seen.add(element);
      begin(element);
    }
  };
  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}

/** Call `start` once the page has been read. */
export function whenRead(start: () => void): void {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
}

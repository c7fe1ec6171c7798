// A drawn chart or map as a picture to paste into a report.

import { showNotice } from "./notice";
import { word } from "./words";

const SCALE = 2; // sharp on paper, too
const HEAD = 40; // room for the title

/** Save the chart that is drawn in `plot` as a PNG that carries its title. */
export async function savePicture(plot: HTMLElement, title: string): Promise<void> {
  const svg = plot.querySelector("svg");
  if (!svg) return;
  // Not the library's own text of the drawing: it leaves the quotes of fonts' names as they are.
  const text = new XMLSerializer().serializeToString(svg);
  const drawing = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const { clientWidth: width, clientHeight: height } = svg;
  await saveDrawn(width, height, title, async (pen) => pen.drawImage(await loaded(drawing), 0, 0, width, height));
  URL.revokeObjectURL(drawing);
}

/** Save the map in `element`, as far as it is seen now, as a PNG: its shapes and the names on them. */
export async function saveMap(element: HTMLElement, title: string): Promise<void> {
  const frame = element.getBoundingClientRect();
  await saveDrawn(frame.width, frame.height, title, (pen) => {
    pen.fillStyle = getComputedStyle(element).backgroundColor;
    pen.fillRect(0, 0, frame.width, frame.height);
    for (const layer of element.querySelectorAll("canvas")) {
      const at = layer.getBoundingClientRect();
      pen.drawImage(layer, at.left - frame.left, at.top - frame.top, at.width, at.height);
    }
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const name of element.querySelectorAll<HTMLElement>(".map-name")) {
      const at = name.getBoundingClientRect();
      const style = getComputedStyle(name);
      pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      pen.fillStyle = style.color;
      pen.fillText(name.innerText, at.left - frame.left + at.width / 2, at.top - frame.top + at.height / 2);
    }
  });
}

async function saveDrawn(
  width: number,
  height: number,
  title: string,
  draw: (pen: CanvasRenderingContext2D) => Promise<void> | void,
): Promise<void> {
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = (height + HEAD) * SCALE;
  try {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("no drawing in this browser");
    pen.scale(SCALE, SCALE);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height + HEAD);
    pen.fillStyle = "#1d2a2f";
    pen.font = `600 16px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillText(title, 12, 26, width - 24);
    pen.translate(0, HEAD);
    await draw(pen);
    const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (!picture) throw new Error("no picture came out");
    download(picture, `${title.replace(/[\\/:*?"<>|\s]+/g, "-")}.png`);
  } catch (error) {
    console.warn(error);
    showNotice(word("pictureFailed"));
  }
}

function loaded(address: string): Promise<HTMLImageElement> {
  return new Promise((done, fail) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => fail(new Error("the drawing could not be read"));
    image.src = address;
  });
}

function download(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

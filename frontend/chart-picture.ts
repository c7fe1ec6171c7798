// A drawn chart as a picture to paste into a report.

import { showNotice } from "./notice";
import { word } from "./words";

const SCALE = 2; // sharp on paper, too
const HEAD = 40; // room for the title

/** Save the chart that is drawn in `plot` as a PNG that carries its title. */
export async function savePicture(plot: HTMLElement, title: string): Promise<void> {
  const svg = plot.querySelector("svg");
  if (!svg) return;
  const width = svg.clientWidth;
  const height = svg.clientHeight;
  // Not the library's own text of the drawing: it leaves the quotes of fonts' names as they are.
  const text = new XMLSerializer().serializeToString(svg);
  const drawing = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    const image = await loaded(drawing);
    const canvas = document.createElement("canvas");
    canvas.width = width * SCALE;
    canvas.height = (height + HEAD) * SCALE;
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("no drawing in this browser");
    pen.scale(SCALE, SCALE);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, width, height + HEAD);
    pen.fillStyle = "#1d2a2f";
    pen.font = `600 16px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillText(title, 12, 26, width - 24);
    pen.drawImage(image, 0, HEAD, width, height);
    const picture = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (!picture) throw new Error("no picture came out");
    download(picture, `${title.replace(/[\\/:*?"<>|\s]+/g, "-")}.png`);
  } catch (error) {
    console.warn(error);
    showNotice(word("pictureFailed"));
  } finally {
    URL.revokeObjectURL(drawing);
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

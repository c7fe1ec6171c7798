// Charts of numbers that stand in the page: a table that is also drawn.
//
//   <figure data-chart>
//     <div data-plot hidden role="img" tabindex="0" aria-label="what it shows"></div>
//     <script type="application/json">{"kind": "lines", "labels": […], "series": […]}</script>
//     <p data-point role="status"></p>          the point that the arrow keys are at, read out
//     <details open><table>…</table></details>  closed once the chart is drawn
//     <button data-png hidden>                  saves the chart as a picture
//   </figure>
//
// The template tag `{% chart %}` of meicheng/tables writes all of it.

import { BarChart, CustomChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import "./charts.css";
import { type ChartData, type Looks, optionOf, type WordsAt } from "./chart-option";
import { savePicture } from "./picture";
import { forEach, whenRead } from "./parts";

use([
  AriaComponent,
  BarChart,
  CustomChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  SVGRenderer,
  TooltipComponent,
]);

function startChart(figure: HTMLElement): void {
  const plot = figure.querySelector<HTMLElement>("[data-plot]");
  const source = figure.querySelector("script[type='application/json']");
  if (!plot || !source?.textContent) return;
  const data = JSON.parse(source.textContent) as ChartData;
  plot.hidden = false;
  figure.querySelector("details")?.removeAttribute("open");
  const words = tableWords(figure.querySelector("table"));
  const chart = init(plot, null, { renderer: "svg" });
  const draw = (): void => {
    chart.resize();
    chart.setOption(optionOf(data, looks(), plot.clientWidth, words), true);
  };
  draw();
  let width = plot.clientWidth;
  new ResizeObserver(() => {
    if (plot.clientWidth === width) return;
    width = plot.clientWidth;
    draw();
  }).observe(plot);
  window.addEventListener("beforeprint", () => chart.resize({ width: Math.min(plot.clientWidth, 660) }));
  window.addEventListener("afterprint", () => chart.resize({ width: "auto" }));
  walk(plot, chart, words, data.labels.length - 1, figure.querySelector("[data-point]"));
  const button = figure.querySelector<HTMLButtonElement>("[data-png]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => void savePicture(plot, data.title));
}

/** A row of the table in words, so that chart and table can never say different numbers. */
function tableWords(table: HTMLTableElement | null): WordsAt {
  const headings = [...(table?.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent);
  const rows = [...(table?.tBodies[0]?.rows ?? [])];
  return (index) => {
    const [label, ...figures] = [...(rows[index]?.cells ?? [])].map((cell) => cell.textContent);
    return `${label}: ${figures.map((figure, column) => `${headings[column + 1]} ${figure}`).join(", ")}`;
  };
}

/** The arrow keys go from label to label; each is shown and read out. */
function walk(plot: HTMLElement, chart: ECharts, words: WordsAt, last: number, said: Element | null): void {
  let at = -1;
  const leave = (): void => {
    at = -1;
    chart.dispatchAction({ type: "hideTip" });
  };
  plot.addEventListener("keydown", (event) => {
    const to: Record<string, number> = {
      ArrowRight: Math.min(at + 1, last),
      ArrowDown: Math.min(at + 1, last),
      ArrowLeft: Math.max(at - 1, 0),
      ArrowUp: Math.max(at - 1, 0),
      Home: 0,
      End: last,
    };
    if (event.key === "Escape") return leave();
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    at = next;
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
    if (said) said.textContent = words(at);
  });
  plot.addEventListener("blur", leave);
}

/** The house's colours, as its style sheet names them. */
function looks(): Looks {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string, otherwise: string): string => style.getPropertyValue(`--mc-${name}`).trim() || otherwise;
  return {
    ink: colour("ink", "#1d2a2f"),
    muted: colour("muted", "#5a6970"),
    line: colour("line", "#e3e8e8"),
    strong: colour("celadon", "#1f7a6c"),
    light: colour("sky", "#2f6f9f"),
    dotted: colour("watch-ink", "#855905"),
    paper: colour("card", "#fff"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

whenRead(() => forEach("[data-chart]", startChart));

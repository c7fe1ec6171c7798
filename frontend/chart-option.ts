// From a chart's numbers to what the drawing library is told.

import type { BarSeriesOption, CustomSeriesOption, LineSeriesOption } from "echarts/charts";
import type { LegendComponentOption } from "echarts/components";
import type { EChartsCoreOption } from "echarts/core";

export interface ChartData {
  kind: "lines" | "bars" | "rows" | "ranges";
  title: string;
  labels: string[];
  series: { name: string; values: (number | null)[]; intervals: ([number, number] | null)[]; look: Look }[];
  unit: string;
  lines: { at: number; name: string; upright?: boolean }[];
  low: number | null;
  high: number | null;
}

type Look = "strong" | "light" | "dotted";
type Drawn = BarSeriesOption | CustomSeriesOption | LineSeriesOption;
type Row = ChartData["series"][number];

/** Colours and the font, from the page's style sheet. */
export interface Looks extends Record<Look, string> {
  ink: string;
  muted: string;
  line: string;
  paper: string;
  font: string;
}

// A line is known by its dashes and the shape of its points, too, never by colour alone.
const DASHES: Record<Look, "solid" | "dashed" | "dotted"> = { strong: "solid", light: "dashed", dotted: "dotted" };
const POINTS: Record<Look, string> = { strong: "circle", light: "emptyDiamond", dotted: "emptyTriangle" };
const NARROW = 520;

/** Whether the labels stand under each other, each with a bar or a point beside it. */
const lies = (data: ChartData): boolean => data.kind === "ranges" || data.kind === "rows";

/** What the table behind a chart says at a label, as one line. */
export type WordsAt = (index: number) => string;

/** Everything the library needs to draw `data` in a room `width` pixels wide. */
export function optionOf(data: ChartData, looks: Looks, width: number, words: WordsAt): EChartsCoreOption {
  const lying = lies(data);
  const narrow = width < NARROW;
  const legendLines = data.series.length < 2 ? 0 : narrow ? data.series.length : 1;
  const text = { color: looks.muted, fontFamily: looks.font, fontSize: 12 };
  const labels = {
    type: "category" as const,
    data: data.labels,
    inverse: lying,
    boundaryGap: data.kind !== "lines",
    axisTick: { show: false },
    axisLine: { lineStyle: { color: looks.line } },
    axisLabel: { ...text, hideOverlap: true, width: lying ? (narrow ? 84 : 150) : undefined, overflow: "truncate" },
  };
  const values = {
    type: "value" as const,
    scale: data.low === null,
    min: data.low ?? undefined,
    max: data.high ?? undefined,
    name: data.unit,
    nameTextStyle: { ...text, align: lying ? "right" : "left" },
    axisLabel: { ...text, hideOverlap: true },
    splitLine: { lineStyle: { color: looks.line } },
  };
  return {
    animation: false, // nothing moves: a chart is read, and offices' computers are old
    textStyle: { fontFamily: looks.font, color: looks.ink },
    aria: { enabled: true, label: { enabled: false }, decal: { show: data.kind === "bars" && data.series.length > 1 } },
    grid: {
      left: 8,
      right: narrow ? 12 : 24,
      top: 10 + 20 * legendLines + (data.unit && !lying ? 24 : 0) + (lying && data.lines.length ? 18 : 0),
      bottom: 8,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    legend: legendLines ? { ...legendOf(narrow), textStyle: { ...text, color: looks.ink } } : undefined,
    tooltip: {
      trigger: "axis",
      confine: true,
      axisPointer: { type: data.kind === "lines" ? "line" : "shadow" },
      textStyle: { ...text, color: looks.ink },
      formatter: (shown: unknown) => escaped(words(indexOf(shown))),
      extraCssText: "max-width: 300px; white-space: normal;",
    },
    xAxis: lying ? values : labels,
    yAxis: lying ? labels : values,
    series: [
      ...data.series.flatMap((one) => [drawn(one, data, looks), ...whiskers(one, data, looks)]),
      ...across(data, looks),
    ],
  };
}

/** In a narrow room each name has a line of its own, so that it is known how many there are. */
function legendOf(narrow: boolean): LegendComponentOption {
  const place = { top: 0, left: 0, itemWidth: 32 };
  return narrow ? { ...place, orient: "vertical", itemGap: 6, padding: [2, 5] } : place;
}

function indexOf(shown: unknown): number {
  const first: unknown = Array.isArray(shown) ? shown[0] : shown;
  return (first as { dataIndex?: number } | undefined)?.dataIndex ?? 0;
}

/** Names come from imported files: shown as text, never as markup. */
function escaped(text: string): string {
  return Object.assign(document.createElement("span"), { textContent: text }).innerHTML;
}

function drawn(one: Row, data: ChartData, looks: Looks): Drawn {
  const colour = looks[one.look];
  if (data.kind === "bars" || data.kind === "rows") {
    const gap = data.kind === "rows" ? "40%" : "8%";
    return { type: "bar", name: one.name, data: one.values, itemStyle: { color: colour }, barCategoryGap: gap };
  }
  const points = data.kind === "ranges" || data.labels.length <= 40;
  return {
    type: "line",
    name: one.name,
    data: one.values,
    symbol: POINTS[one.look],
    symbolSize: data.kind === "ranges" ? 10 : one.look === "strong" ? 6 : 5,
    showSymbol: points,
    connectNulls: false,
    z: one.look === "strong" ? 4 : 3,
    itemStyle: { color: colour },
    lineStyle:
      data.kind === "ranges"
        ? { width: 0 }
        : { color: colour, width: one.look === "strong" ? 2.5 : 1.5, type: DASHES[one.look] },
  };
}

/** The 95 % intervals of a series: a line from end to end with a stroke across each. */
function whiskers(one: Row, data: ChartData, looks: Looks): CustomSeriesOption[] {
  if (!one.intervals.some(Boolean)) return [];
  const lying = lies(data);
  return [
    {
      type: "custom",
      name: one.name,
      silent: true,
      z: 2,
      data: one.intervals.flatMap((interval, index) => (interval ? [[index, ...interval]] : [])),
      encode: lying ? { x: [1, 2], y: 0 } : { x: 0, y: [1, 2] },
      renderItem: (_, api) => {
        const at = (end: number): number[] => {
          const value = api.value(end);
          return api.coord(lying ? [value, api.value(0)] : [api.value(0), value]);
        };
        const [fromX = 0, fromY = 0] = at(1);
        const [toX = 0, toY = 0] = at(2);
        const style = { stroke: looks.ink, lineWidth: 1.5 };
        const stroke = (x: number, y: number): object => ({
          type: "line",
          style,
          shape: lying ? { x1: x, x2: x, y1: y - 5, y2: y + 5 } : { x1: x - 5, x2: x + 5, y1: y, y2: y },
        });
        const between = { type: "line", style, shape: { x1: fromX, y1: fromY, x2: toX, y2: toY } };
        return { type: "group", children: [between, stroke(fromX, fromY), stroke(toX, toY)] } as never;
      },
    },
  ];
}

/** What the values are held against: lines across the chart with their names. */
function across(data: ChartData, looks: Looks): Drawn[] {
  if (!data.lines.length) return [];
  const stands = (line: ChartData["lines"][number]): boolean => data.kind !== "lines" || line.upright === true;
  return [
    {
      type: "line",
      data: [],
      silent: true,
      markLine: {
        symbol: "none",
        silent: true,
        lineStyle: { color: looks.ink, type: "dashed", width: 1.5 },
        label: { color: looks.ink, fontFamily: looks.font, formatter: "{b}" },
        data: data.lines.map((line) => ({
          name: line.name,
          [stands(line) ? "xAxis" : "yAxis"]: line.at,
          label: { position: data.kind === "lines" ? "insideEndTop" : "end" },
        })),
      },
    },
  ];
}

// Maps from the city's own server: no tile comes from outside.
//
//   <div data-map data-layers="/map/layers.json" data-cells="/map/cells.json"
//        data-lon="113.3" data-lat="23.1" data-zoom="12"></div>
//
// layers: a GeoJSON FeatureCollection; `properties.kind` is one of the keys of LOOKS below,
//   `properties.name` is shown on pointing. A feature of the kind "shaded" has a `grade` (good, fair,
//   poor, none), perhaps `doubtful`, and a `href` that a click leads to.
// cells: asked with `?bbox=west,south,east,north&zoom=12`, answers
//   {"cells": [{"lon", "lat", "count", "late", "url", "label", "look"}]}; the look "chronic" is a diamond,
//   which steps aside from other marks.
// data-fit: once the layers are there, the view is what holds all divisions (else all layers).
// data-pick: a map on which one position is chosen; it fills the inputs `longitude` and `latitude`
//   of its form. A `[data-locate]` button of the form asks the device for the position.

import L from "leaflet";
import "leaflet/dist/leaflet.css";
import "./map.css";
import { hideNotice, showNotice } from "./notice";
import { forEach, whenRead } from "./parts";
import { saveMap } from "./picture";
import { word } from "./words";

interface Cell {
  lon: number;
  lat: number;
  count: number;
  late?: number;
  url?: string;
  label?: string;
  look?: "chronic";
}

const LOOKS: Record<string, L.PathOptions> = {
  block: { color: "#dfe6e4", weight: 1, fillColor: "#eef1f0", fillOpacity: 1 },
  park: { color: "#bcd9c4", weight: 1, fillColor: "#d5e9da", fillOpacity: 1 },
  water: { color: "#a9cfe0", weight: 1, fillColor: "#cfe5ef", fillOpacity: 1 },
  street: { color: "#ffffff", weight: 3, fill: false },
  lane: { color: "#ffffff", weight: 1.5, fill: false },
  division: { color: "#5b7a80", weight: 1.5, dashArray: "4 4", fill: false },
};
const GRADES: Record<string, string> = { good: "#8dc5b8", fair: "#f3cf83", poor: "#e99a8b", none: "#e6e9e8" };
// What lies below is drawn first.
const ORDER = ["block", "park", "water", "lane", "street", "division"];

function startMap(element: HTMLElement): void {
  const number = (name: string, otherwise: number): number => {
    const value = Number.parseFloat(element.dataset[name] ?? "");
    return Number.isFinite(value) ? value : otherwise;
  };
  const map = L.map(element, { attributionControl: false, preferCanvas: true, minZoom: 8, maxZoom: 19, zoomSnap: 0.5 });
  map.setView([number("lat", 0), number("lon", 0)], number("zoom", 12));
  L.control.scale({ imperial: false }).addTo(map);
  if (element.dataset.layers) void showLayers(map, element.dataset.layers, "fit" in element.dataset);
  if (element.dataset.cells) showCells(map, element.dataset.cells);
  if ("pick" in element.dataset) pickOn(map, element);
}

async function get<T>(address: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return (await answer.json()) as T;
}

async function showLayers(map: L.Map, address: string, fit: boolean): Promise<void> {
  let layers: GeoJSON.FeatureCollection;
  try {
    layers = await get<GeoJSON.FeatureCollection>(address);
  } catch (error) {
    console.warn(error);
    showNotice(word("mapFailed"));
    return;
  }
  const rank = (feature: GeoJSON.Feature): number => ORDER.indexOf(feature.properties?.kind as string);
  layers.features.sort((one, other) => rank(one) - rank(other));
  const shown = L.geoJSON(layers, {
    style: (feature) => feature?.properties?.kind === "shaded" ? shade(feature.properties) : LOOKS[feature?.properties?.kind as string] ?? { color: "#8fa3a3", weight: 1, fill: false },
    // Points of the base map (names of places, say) are small dots; sites come as cells.
    pointToLayer: (_, at) => L.circleMarker(at, { radius: 3, color: "#5b7a80" }),
    onEachFeature: (feature, layer) => {
      const name: unknown = feature.properties?.name;
      if (typeof name === "string" && name) layer.bindTooltip(plain(name), { sticky: true });
      const label: unknown = feature.properties?.label;
      if (typeof label === "string" && label) {
        layer.unbindTooltip().bindTooltip(plain(label), { permanent: true, direction: "center", className: "map-name" });
      }
      const href: unknown = feature.properties?.href;
      if (typeof href === "string" && href.startsWith("/")) layer.on("click", () => location.assign(href));
    },
  }).addTo(map);
  if (!fit) return;
  const divisions = layers.features.filter((feature) => feature.properties?.kind === "division");
  const bounds = (divisions.length ? L.geoJSON(divisions) : shown).getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { animate: false, padding: [8, 8] });
}

/** A place by its grade; doubt is a dashed edge and a paler ground, so that colour is not alone. */
function shade(of: GeoJSON.GeoJsonProperties): L.PathOptions {
  const doubtful = of?.doubtful === true;
  return {
    color: "#5b7a80",
    weight: doubtful ? 2 : 1.5,
    dashArray: doubtful ? "6 5" : undefined,
    fillColor: GRADES[String(of?.grade)] ?? "#e6e9e8",
    fillOpacity: doubtful ? 0.35 : 0.75,
  };
}

/** Names come from imported files: shown as text, never as markup. */
function plain(text: string): HTMLElement {
  return Object.assign(document.createElement("span"), { textContent: text });
}

function showCells(map: L.Map, address: string): void {
  const group = L.layerGroup().addTo(map);
  let asked: AbortController | null = null;

  const refresh = async (): Promise<void> => {
    asked?.abort();
    const mine = (asked = new AbortController());
    const question = new URL(address, location.href);
    question.searchParams.set("bbox", map.getBounds().toBBoxString());
    question.searchParams.set("zoom", String(Math.round(map.getZoom())));
    try {
      const answer = await get<{ cells: Cell[] }>(question.href, mine.signal);
      group.clearLayers();
      const marks = new Aside(map);
      for (const cell of answer.cells) if (!cell.look) group.addLayer(marker(map, cell, marks));
      for (const cell of answer.cells) if (cell.look) group.addLayer(diamond(cell, marks.free(cell, DIAMOND)));
      hideNotice();
    } catch (error) {
      if (mine.signal.aborted) return; // a newer view was asked for
      console.warn(error);
      showNotice(word("mapFailed"));
    }
  };

  let waiting = 0;
  map.on("moveend", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void refresh(), 150);
  });
  void refresh();
}

const DIAMOND = 24; // dots from side to side: enough to be touched

/** Where marks stand on the screen, so that what comes later does not cover them. */
class Aside {
  private readonly taken: { at: L.Point; radius: number }[] = [];

  constructor(private readonly map: L.Map) {}

  /** A mark of `size` dots stands at its place. */
  take(cell: Cell, size: number, by = L.point(0, 0)): void {
    this.taken.push({ at: this.map.latLngToLayerPoint([cell.lat, cell.lon]).add(by), radius: size / 2 });
  }

  /** How far, in dots, a mark of `size` steps aside: the nearest free spot around its place, which it takes. */
  free(cell: Cell, size: number): L.Point {
    const own = this.map.latLngToLayerPoint([cell.lat, cell.lon]);
    const clear = (by: L.Point): boolean =>
      this.taken.every(({ at, radius }) => at.distanceTo(own.add(by)) >= radius + size / 2);
    let by = L.point(0, 0);
    for (let step = 0; step < 64 && !clear(by); step++) {
      const far = 8 + 8 * Math.floor(step / 8);
      by = L.point(far * Math.cos((step * Math.PI) / 4), far * Math.sin((step * Math.PI) / 4));
    }
    this.take(cell, size, by);
    return by;
  }
}

function marker(map: L.Map, cell: Cell, marks: Aside): L.Marker {
  const late = cell.late ?? 0;
  const size = Math.round(26 + Math.min(Math.log10(Math.max(cell.count, 1)) * 10, 30));
  marks.take(cell, size);
  const figure = document.createElement("span");
  figure.textContent = String(cell.count);
  const icon = L.divIcon({
    html: figure,
    className: late > 0 ? "map-cell map-cell-late" : "map-cell",
    iconSize: [size, size],
  });
  const counted = `${cell.count} ${word("items")}${late ? ` · ${late} ${word("late")}` : ""}`;
  const title = cell.label ?? counted;
  const shown = L.marker([cell.lat, cell.lon], { icon, title, alt: title, keyboard: true });
  // Who speaks to her computer says what she sees: the number belongs to the name.
  const name = cell.label ? `${cell.label} · ${counted}` : counted;
  shown.on("add", () => shown.getElement()?.setAttribute("aria-label", name));
  shown.on("click", () => {
    if (cell.url && (cell.count === 1 || map.getZoom() >= map.getMaxZoom())) location.assign(cell.url);
    else map.setView([cell.lat, cell.lon], Math.min(map.getZoom() + 2, map.getMaxZoom()));
  });
  return shown;
}

/** A place with a page of its own, drawn `by` so many dots aside of where it is. */
function diamond(cell: Cell, by: L.Point): L.Marker {
  const iconAnchor = L.point(DIAMOND / 2, DIAMOND / 2).subtract(by);
  const icon = L.divIcon({ className: `map-${cell.look}`, iconSize: [DIAMOND, DIAMOND], iconAnchor });
  const title = cell.label ?? "";
  const shown = L.marker([cell.lat, cell.lon], { icon, title, alt: title, keyboard: true });
  shown.on("add", () => shown.getElement()?.setAttribute("aria-label", title));
  shown.on("click", () => cell.url && location.assign(cell.url));
  return shown;
}

function pickOn(map: L.Map, element: HTMLElement): void {
  const form = element.closest("form");
  const longitude = form?.querySelector<HTMLInputElement>("[name=longitude]");
  const latitude = form?.querySelector<HTMLInputElement>("[name=latitude]");
  if (!form || !longitude || !latitude) return;
  const icon = L.divIcon({ className: "map-pin", iconSize: [24, 24] });
  let pin: L.Marker | null = null;

  const show = (at: L.LatLng): void => {
    if (pin) {
      pin.setLatLng(at);
      return;
    }
    const title = word("position");
    pin = L.marker(at, { icon, draggable: true, autoPan: true, title, alt: title }).addTo(map);
    pin.on("dragend", () => pin && fill(pin.getLatLng()));
  };
  const fill = (at: L.LatLng): void => {
    longitude.value = at.lng.toFixed(6);
    latitude.value = at.lat.toFixed(6);
    longitude.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const read = (): void => {
    const at = [Number.parseFloat(latitude.value), Number.parseFloat(longitude.value)] as const;
    if (!at.every(Number.isFinite) || Math.abs(at[0]) > 90 || Math.abs(at[1]) > 180) return;
    show(L.latLng(at[0], at[1]));
    map.panTo(at as unknown as L.LatLngTuple);
  };

  map.on("click", (event) => {
    show(event.latlng);
    fill(event.latlng);
  });
  longitude.addEventListener("change", read);
  latitude.addEventListener("change", read);
  form.querySelector<HTMLElement>("[data-locate]")?.addEventListener("click", () => {
    if (!navigator.geolocation) return showNotice(word("noPosition"));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const at = L.latLng(coords.latitude, coords.longitude);
        show(at);
        fill(at);
        map.setView(at, Math.max(map.getZoom(), 16));
      },
      () => showNotice(word("noPosition")),
      { enableHighAccuracy: true, timeout: 10_000 },
    );
  });
  read();
}

/** `<button data-map-png="TITLE" hidden>` saves the page's map as a picture. */
function startPicture(button: HTMLButtonElement): void {
  const element = document.querySelector<HTMLElement>("[data-map]");
  if (!element) return;
  button.hidden = false;
  button.addEventListener("click", () => void saveMap(element, button.dataset.mapPng ?? ""));
}

whenRead(() => {
  forEach("[data-map]", startMap);
  forEach("button[data-map-png]", startPicture);
});

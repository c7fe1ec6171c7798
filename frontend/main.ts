// Loaded by every page. Pages work before it runs; it makes them quicker to use.

import "htmx.org";
import "./main.css";
import { startConnection } from "./connection";
import { startGuard } from "./guard";
import { startKeys } from "./keys";

function start(): void {
  startConnection();
  startGuard();
  startKeys();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();

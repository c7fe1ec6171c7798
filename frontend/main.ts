// Loaded by every page. Pages work before it runs; it makes them quicker to use.

import htmx from "htmx.org";
import "./main.css";
import { startConnection } from "./connection";
import { startGuard } from "./guard";
import { startKeys } from "./keys";
import { startMirrors } from "./mirror";
import { whenRead } from "./parts";
import { startSame } from "./same";

// Nothing that a strict content policy would forbid: no styles and no code written into the page.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;

function start(): void {
  startConnection();
  startGuard();
  startKeys();
  startMirrors();
  startSame();
}

whenRead(start);

"""The portal's first page on a slow phone: `python -m tools.slow_phone http://127.0.0.1:8000`.

A Chromium of 390 × 844 whose processor is slowed four times and whose network is that of
Lighthouse's mobile tests: 150 ms and 1.6 Mbit/s (“slow 4G”), and 400 ms and 400 kbit/s (“slow 3G”).
Useful is the page from its first paint on: the form can be read and filled in before scripts run.
Nothing is cached; the median of five visits counts.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tools import browser

NETWORKS = {"slow 4G": (150, 200_000), "slow 3G": (400, 50_000)}  # ms, bytes a second
SLOWER = 4
VISITS = 5
ASK = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const parts = performance.getEntriesByType("resource").filter((e) => !e.name.includes("layers.json"));
  return {server: page.responseStart, paint: paint.startTime, ready: page.domContentLoadedEventEnd,
          bytes: page.transferSize + parts.reduce((sum, e) => sum + e.transferSize, 0)};
}"""


def visit(chromium: Browser, address: str, latency: int, speed: int) -> dict[str, Any]:
    """One visit of somebody who was never here."""
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": latency,
            "downloadThroughput": speed,
            "uploadThroughput": speed,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{address.rstrip('/')}/p/", wait_until="load", timeout=90_000)
    page.wait_for_timeout(300)
    found: dict[str, Any] = page.evaluate(ASK)
    context.close()
    return found


def main() -> int:
    """Visit and print the medians."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    path = browser.find()
    if path is None:
        print("There is no Chromium; `python -m tools.browser` installs one", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=browser.FLAGS)
        for name, (latency, speed) in NETWORKS.items():
            seen = [visit(chromium, address, latency, speed) for _time in range(VISITS)]
            middle = {key: statistics.median(one[key] for one in seen) for key in seen[0]}
            print(
                f"{name}: first byte {middle['server']:.0f} ms, useful {middle['paint']:.0f} ms, "
                f"scripts ready {middle['ready']:.0f} ms, {middle['bytes'] / 1000:.0f} kB"
            )
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

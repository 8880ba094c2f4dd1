// Pictures of every view of the real page, for the documentation: node screenshots.mjs FOLDER [REPORT]
// NETBACK names the program. With the path of a report, it and its pages as printed too.

import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { opened, served } from "./tests/browser.mjs";

const folder = process.argv[2] ?? "../docs/images";
mkdirSync(folder, { recursive: true });
const server = await served("world-2011");
const { browser, page } = await opened(new URL(server.address).origin, { viewport: { width: 1280, height: 860 } });
const shot = async (name) => {
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(250);
  await page.screenshot({ path: `${folder}/${name}.png` });
  console.log(`${folder}/${name}.png`);
};
await page.goto(server.address);
await page.waitForSelector("svg.map");
await shot("map");
await page.click('[data-strait="hormuz"]');
await page.getByRole("button", { name: "Close to LNG" }).click();
await page.waitForSelector("#took");
await shot("hormuz-closed");
await page.click("#tab-flows");
await shot("trade");
await page.click("#tab-map");
await page.getByRole("button", { name: "Undo", exact: true }).click();
await page.waitForSelector("[role=status]", { state: "detached" });
await page.locator("#find").fill("Altai");
await page.locator("#find").dispatchEvent("change");
await page.getByRole("button", { name: "Build Altai" }).click();
await page.waitForSelector(".changes li");
await page.waitForSelector("[role=status]", { state: "detached" });
await page.locator(".theme select").selectOption("dark");
await shot("altai-built-dark");
await page.locator(".theme select").selectOption("light");
await page.click("#tab-negotiation");
await page.click("#work-out");
await page.waitForSelector("#verdict", { timeout: 180_000 });
await page.getByLabel("shadow price").check();
await page.locator("#oil").fill("165");
await shot("negotiation");
await page.click("#tab-bargaining");
await page.locator("main select").first().selectOption("altai-built");
await page.click("#bargain");
await page.waitForSelector("main figure svg");
await shot("bargaining");
await page.click("#tab-tables");
await shot("tables");
if (process.argv[3]) {
  await page.goto(pathToFileURL(resolve(process.argv[3])).href);
  await page.waitForSelector("svg.map");
  await shot("report");
  // as printed on paper of A4
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.emulateMedia({ media: "print" });
  // what the browser says before it prints: short tables open
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  for (const part of ["answers", "map", "negotiation"]) {
    await page.locator(`#${part}`).scrollIntoViewIfNeeded();
    await page.evaluate((id) => document.getElementById(id).scrollIntoView(), part);
    await page.waitForTimeout(250);
    await page.screenshot({ path: `${folder}/report-print-${part}.png` });
    console.log(`${folder}/report-print-${part}.png`);
  }
}
await browser.close();
server.end();

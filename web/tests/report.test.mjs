// The report of a study, opened from disk.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { netback, opened } from "./browser.mjs";

const STUDY = `
title = "A strait <b>closed</b>"
case = "world-2011"

[[question]]
kind = "check-figures"
title = "What do the figures imply?"
total_billion_usd = 1000
years = 30
bcm_per_year = 68
gas = "russia"

[[question]]
kind = "market"
title = "What does Japan pay?"
about = ["JPN"]

[[question.compare]]
name = "Hormuz closed"
scenario = "hormuz-closed"
`;

const file = join(mkdtempSync(join(tmpdir(), "netback-")), "report.html");
let browser, page, faults;

before(async () => {
  const study = file.replace("report.html", "strait.toml");
  writeFileSync(study, STUDY);
  netback("study", study, "--report", file);
  ({ browser, page, faults } = await opened(pathToFileURL(file).href));
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector("svg.map");
});
after(() => browser?.close());

test("answers, map and trade stand in one file", async () => {
  assert.ok(statSync(file).size < 3e6, `${statSync(file).size} bytes`);
  assert.equal(await page.textContent("h1"), "A strait <b>closed</b>");
  assert.match(await page.textContent("#answers"), /Hormuz closed\. Prices in USD\/tcm: Japan \+\d+/);
  assert.equal(Number(await page.getAttribute('[data-strait="hormuz"]', "data-flow")), 0);
  for (const part of ["flows", "tables"]) assert.ok(await page.locator(`#${part}`).count(), part);
});

test("nothing is asked of the reader's network, and nothing fails", async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  assert.deepEqual(serious.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 150)}`), []);
  assert.deepEqual(faults, []);
});

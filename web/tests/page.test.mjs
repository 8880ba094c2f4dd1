// The live page, driven as a reader would.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { netback, opened, rows, served } from "./browser.mjs";

let server, browser, page, faults;

before(async () => {
  server = await served("world-2011");
  ({ browser, page, faults } = await opened(new URL(server.address).origin));
  await page.goto(server.address);
  await page.waitForSelector("svg.map");
});
after(async () => {
  await browser?.close();
  server?.end();
});

const flowOf = async (selector) => Number(await page.getAttribute(selector, "data-flow"));
const solved = async (act) => {
  const before = await page.locator(".changes li").count();
  await act();
  await page.waitForFunction((count) => document.querySelectorAll(".changes li").length !== count, before, { timeout: 20_000 });
  await page.waitForSelector("[role=status]", { state: "detached" });
};
async function price(name) {
  await page.click("#tab-tables");
  const row = page.locator("tr", { has: page.locator("td", { hasText: new RegExp(`^${name}$`) }) });
  const cells = (await row.locator("td").allTextContents()).map((text) => text.replaceAll(" ", "").replace("−", "-"));
  await page.click("#tab-map");
  return { now: Number(cells[2]), change: Number(cells[3]) };
}

test("Hormuz closed: Japan pays more and the lanes change", async () => {
  const before = (await price("JPN")).now;
  const lane = '[data-lane="gulf of oman|hormuz"]';
  assert.ok((await flowOf(lane)) > 50, "no LNG passes Hormuz to begin with");
  const malacca = await flowOf('[data-strait="malacca"]');
  await page.click('[data-strait="hormuz"]');
  await solved(() => page.getByRole("button", { name: "Close to LNG" }).click());
  const after = await price("JPN");
  assert.ok(after.now > before + 50, `Japan: ${before}, then ${after.now} USD/tcm`);
  assert.ok(Math.abs(after.now - before - after.change) < 2, "the table's change is not the difference of its prices");
  assert.equal(await flowOf(lane), 0);
  assert.ok((await flowOf('[data-strait="malacca"]')) < malacca - 10, "Malacca carries as much as before");
  assert.match(await page.textContent("#took"), /s from click to picture/);
});

test("undo brings the world back", async () => {
  await solved(() => page.getByRole("button", { name: "Undo", exact: true }).click());
  assert.ok((await flowOf('[data-strait="hormuz"]')) > 50);
});

test("an older run that is shown brings its changes", async () => {
  const listed = () => page.locator(".changes li").allTextContents();
  const shown = page.getByLabel("Run that is shown");
  assert.deepEqual(await listed(), []);
  await page.waitForSelector("#took:has-text(\"from memory\")");
  await shown.selectOption("1");
  assert.equal((await listed()).length, 1);
  assert.match((await listed())[0], /Hormuz.* closed to LNG/);
  assert.equal(await flowOf('[data-lane="gulf of oman|hormuz"]'), 0);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await page.waitForSelector(".changes", { state: "detached" });
  assert.equal(await shown.inputValue(), "0");
  assert.ok((await flowOf('[data-strait="hormuz"]')) > 50);
});

test("Altai built: the new border carries gas", async () => {
  const corridor = '[data-corridor="RUW>CNW"]';
  assert.equal(await flowOf(corridor), 0);
  await page.locator("#find").fill("Altai");
  await page.locator("#find").dispatchEvent("change");
  await solved(() => page.getByRole("button", { name: "Build Altai" }).click());
  assert.ok((await flowOf(corridor)) > 1, "nothing flows");
});

test("the saved scenario gives the same numbers on the command line", async () => {
  await page.click('[data-strait="malacca"]');
  await solved(() => page.getByRole("button", { name: "Close to LNG" }).click());
  const download = page.waitForEvent("download");
  await page.click("#save-scenario");
  const folder = mkdtempSync(join(tmpdir(), "netback-"));
  const file = join(folder, "changes.toml");
  await (await download).saveAs(file);
  await page.click("#tab-tables");
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: /^Save the table/ }).click();
  const shown = rows(readFileSync(await (await saved).path(), "utf8"));
  await page.click("#tab-map");
  const solution = rows(netback("solve", "world-2011", "--scenario", file, "--against", "base", "--format", "csv"));
  let compared = 0;
  for (const row of solution) {
    const here = shown.find((one) => one.node === row.node);
    if (!here || row.price_usd_per_tcm === "") continue;
    for (const [column, other] of [["price_usd_per_tcm", "price_usd_per_tcm"], ["price_change_usd_per_tcm", "change_of_price_usd_per_tcm"]]) {
      assert.ok(Math.abs(Number(row[column]) - Number(here[other])) < 2e-3, `${row.node} ${column}: ${row[column]} and ${here[other]}`);
    }
    compared += 1;
  }
  assert.ok(compared > 70, `${compared} nodes compared`);
});

test("a seller stops: Qatar sells nothing and Japan pays more", async () => {
  await solved(() => page.getByRole("button", { name: "As it stands", exact: true }).click());
  await page.locator("#find").fill("Qatar");
  await page.locator("#find").dispatchEvent("change");
  await solved(() => page.getByRole("button", { name: "Stop all output of Qatar" }).click());
  assert.ok((await price("JPN")).change > 50, "Japan does not miss Qatar");
  await page.locator("#find").fill("Qatar");
  await page.locator("#find").dispatchEvent("change");
  const produced = page.locator(".panel tr", { has: page.locator("th", { hasText: /^produced/ }) });
  assert.match((await produced.locator("td").first().textContent()).trim(), /^0(?![\d.])/);
});

test("oil and demand change the world too", async () => {
  await solved(() => page.getByRole("button", { name: "As it stands", exact: true }).click());
  await page.selectOption("#demand-of", "CHN");
  await page.getByLabel("Demand as a factor").fill("1.5");
  await page.waitForSelector(".changes li");
  assert.match(await page.textContent(".changes"), /Demand of China \+50/);
  await page.waitForSelector("[role=status]", { state: "detached" });
  assert.ok((await price("CNE")).change > 1, "half as much gas again costs China nothing");
  await solved(() => page.locator('input[type="range"][max="200"]').fill("60"));
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("max")), "200", "the slider has lost the focus");
  assert.ok((await price("JPN")).change < -50, "oil at 60 USD/bbl leaves Japan's indexed price as it was");
});

test("low, central and high: on the map, in the picture of trade and in the tables", async () => {
  await solved(() => page.getByRole("button", { name: "As it stands", exact: true }).click());
  await page.click('[data-strait="hormuz"]');
  assert.match(await page.textContent(".panel[aria-live] summary"), /^11 contracts have no other way/);
  await solved(() => page.getByRole("button", { name: "Close to LNG" }).click());
  assert.match(await page.textContent(".changes"), /force majeure for 11 contracts/);
  assert.equal(await page.locator("#estimate").count(), 0, "ranges are known before they are asked for");
  await page.click("#ranges");
  await page.waitForSelector("#estimate", { timeout: 180_000 });
  const told = page.locator('[data-price-of="JPN"] td').nth(1);
  const range = await told.locator("small").textContent();
  const [low, high] = range.split(" to ").map(Number);
  const central = parseFloat((await told.textContent()).trim());
  assert.ok(low < central && central < high && high > low + 10, `Japan ${central} in ${range}`);
  const label = (name) => page.locator(".labels text", { hasText: new RegExp(`^${name} `) }).first().textContent();
  const labelled = await label("Japan");
  await page.selectOption("#estimate", "low");
  assert.notEqual(await label("Japan"), labelled, "the map shows the central change");
  assert.equal(Number((await label("Japan")).split("+")[1]), low);
  await page.click("#tab-flows");
  assert.ok((await page.locator(".link title", { hasText: /change .*\(.* to .*\)/ }).count()) > 20, "trade has no ranges");
  await page.click("#tab-tables");
  assert.ok(await page.getByRole("columnheader", { name: /high change of price/ }).count());
  await page.click("#tab-map");
  await page.selectOption("#estimate", "central");
});

test("panels: history, storage, cargoes of a lane, and taking back", async () => {
  await page.locator("#find").fill("Japan");
  await page.locator("#find").dispatchEvent("change");
  assert.match(await page.textContent(".panel[aria-live] figcaption"), /Price over time/);
  assert.match(await page.textContent(".panel[aria-live]"), /published month by month \(lng japan\)/);
  await page.locator("#find").fill("Storage of Austria");
  await page.locator("#find").dispatchEvent("change");
  assert.match(await page.textContent(".panel[aria-live]"), /Storage of Austria[\s\S]*put in, bcm\/yr[\s\S]*taken out/);
  await page.locator('[data-touch-lane="gulf of oman|hormuz"]').dispatchEvent("click");
  assert.match(await page.textContent(".panel[aria-live]"), /Qatar – Japan/);
  await page.locator("#find").fill("Blue Stream");
  await page.locator("#find").dispatchEvent("change");
  await solved(() => page.getByRole("button", { name: "Close Blue Stream", exact: true }).click());
  assert.equal(await page.getByRole("button", { name: "Close Blue Stream", exact: true }).count(), 0);
  await solved(() => page.getByRole("button", { name: "Restore the capacity of Blue Stream", exact: true }).click());
  assert.ok((await flowOf('[data-corridor="RUW>TUR"]')) > 5);
});

test("the zone opens when oil rises", async () => {
  await page.click("#tab-negotiation");
  await page.click("#work-out");
  await page.waitForSelector("#verdict", { timeout: 300_000 });
  await page.getByLabel("shadow price").check();
  const zone = async () => Number(await page.getAttribute("#verdict", "data-zone"));
  assert.ok((await zone()) < 0, "the zone is open at once");
  let level = 104;
  while ((await zone()) < 0 && level < 200) {
    level += 4;
    await page.locator("#oil").fill(String(level));
  }
  assert.ok((await zone()) >= 0, "the zone never opens");
  assert.ok(level > 110, `open at ${level}`);
  assert.match(await page.textContent("#verdict"), /^\s*A zone of/);
});

test("oil stays within the curve that is shown", async () => {
  const levels = async () => {
    const slider = page.locator("#oil");
    const told = Number((await page.textContent('label[for="oil"] strong')).split(" ")[0]);
    return { told, most: Number(await slider.getAttribute("max")), at: Number(await slider.inputValue()) };
  };
  await page.getByLabel("benchmarks worked out by hand").check();
  const byHand = (await levels()).most;
  await page.locator("#oil").fill(String(byHand));
  assert.equal((await levels()).told, byHand);
  await page.getByLabel("companies, consumers and states, in the market").check();
  const market = await levels();
  assert.ok(market.most < byHand, "both curves end at the same level: this test shows nothing");
  assert.deepEqual(market, { told: market.most, most: market.most, at: market.most });
  assert.match(await page.textContent("#verdict + p"), new RegExp(`^\\s*At ${market.most}(\\.0+)? `));
});

test("levers combine: on terms over the whole curve, in the market at the base level", async () => {
  const zone = async () => Number(await page.getAttribute("#verdict", "data-zone"));
  const lever = (name) => page.locator(".choices").getByRole("checkbox", { name, exact: true });
  await page.getByLabel("regulated price").check();
  await page.getByLabel("benchmarks worked out by hand").check();
  await page.locator("#oil").fill("104");
  const none = await zone();
  await lever("export duty waived").check();
  const waived = await zone();
  await lever("pilot price formula at the city gate").check();
  const both = await zone();
  assert.ok(none < waived && waived < both, `${none} ${waived} ${both}`);
  await page.locator("#oil").fill("160");
  assert.ok((await zone()) < both, "the curve does not move with oil");
  await lever("South Iolotan in production").check();
  assert.match(await page.textContent(".two"), /By hand “South Iolotan in production” changes nothing/);
  await page.getByLabel("companies alone, in the market").check();
  const solved = await zone();
  assert.match(await page.textContent(".two"), /solved at the base level of oil alone, together with what else is on/);
  await lever("export duty waived").uncheck();
  assert.ok((await zone()) < solved, "the duty does not count on top of the market");
  await page.getByRole("button", { name: "All on" }).click();
  assert.equal(await page.locator(".choices input[name=lever]:checked").count(), 7);
  await page.getByRole("button", { name: "All off" }).click();
  assert.equal(await page.locator(".choices input[name=lever]:checked").count(), 0);
});

test("the gains are divided", async () => {
  await page.click("#tab-bargaining");
  await page.locator("main select").first().selectOption("altai-built");
  await page.click("#bargain");
  await page.waitForSelector("main figure svg", { timeout: 30_000 });
  assert.match(await page.textContent("main"), /exact, every coalition was asked/);
});

test("the view of flows and every save", async () => {
  await page.click("#tab-flows");
  await page.waitForSelector("svg.sankey");
  for (const [kind, start] of [["CSV", "seller,"], ["SVG", "<svg"], ["PNG", "\u0089PNG"]]) {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: new RegExp(`as ${kind}$`) }).first().click();
    const text = readFileSync(await (await download).path(), "latin1");
    assert.ok(text.startsWith(start), `${kind} starts with ${text.slice(0, 20)}`);
    assert.ok(!text.includes("var(--"), `${kind} needs the page's styles`);
  }
});

test("keys alone reach every view", async () => {
  await page.click("#tab-map");
  const seen = [];
  for (let step = 0; step < 4; step++) {
    await page.keyboard.press("ArrowRight");
    seen.push(await page.evaluate(() => document.activeElement.id));
  }
  assert.deepEqual(seen, ["tab-flows", "tab-negotiation", "tab-bargaining", "tab-tables"]);
});

test("no serious accessibility fault in any view, light and dark", async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  for (const colours of ["light", "dark"]) {
    await page.locator(".theme select").selectOption(colours);
    for (const view of ["map", "flows", "negotiation", "bargaining", "tables"]) {
      await page.click(`#tab-${view}`);
      await page.waitForTimeout(150);
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      const serious = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
      const told = serious.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(" | ")}`);
      assert.deepEqual(told, [], `${view}, ${colours}`);
    }
  }
});

test("an error is a sentence", async () => {
  await page.click("#tab-map");
  await page.route("**/api/solve", (route) => route.fulfill({ status: 422, contentType: "application/json", body: '{"error":"the capacity of a strait is -1"}' }));
  await page.click('[data-strait="suez"]');
  await page.getByRole("button", { name: "Close to LNG" }).click();
  assert.match(await page.textContent("[role=alert]"), /the capacity of a strait is -1/);
  await page.unroute("**/api/solve");
  // the browser itself writes down that a request was refused
  faults.splice(0, faults.length, ...faults.filter((fault) => !/422/.test(fault)));
});

test("no console error and no request to elsewhere", () => {
  assert.deepEqual(faults, []);
});

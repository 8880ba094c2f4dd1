// How fast the page answers: node measure.mjs. NETBACK names the program.

import { opened, served } from "./tests/browser.mjs";

const server = await served("world-2011");
const { browser, page } = await opened(new URL(server.address).origin);
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const paints = [];
for (let time = 0; time < 5; time++) {
  await page.goto(server.address);
  await page.waitForSelector("svg.map");
  paints.push(await page.evaluate(() => [
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.now(),
  ]));
}
console.log(`first paint ${Math.round(median(paints.map((one) => one[0])))} ms, map there ${Math.round(median(paints.map((one) => one[1])))} ms (medians of 5)`);
const clicks = [];
const wait = async (count) => {
  await page.waitForFunction((n) => document.querySelectorAll(".changes li").length !== n, count, { timeout: 30_000 });
  await page.waitForSelector("[role=status]", { state: "detached" });
  await page.waitForTimeout(200);
};
const take = async () => clicks.push(await page.evaluate(() => [Number(took.dataset.click), Number(took.dataset.solve)]));
const named = async (name, button) => {
  const count = await page.locator(".changes li").count();
  await page.locator("#find").fill("");
  await page.locator("#find").fill(name);
  await page.locator("#find").dispatchEvent("change");
  await page.getByRole("button", { name: button, exact: true }).click();
  await wait(count);
  await take();
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await page.waitForFunction((n) => document.querySelectorAll(".changes li").length === n, count);
};
for (const strait of ["Strait of Hormuz", "Suez Canal", "Strait of Malacca", "Strait of Gibraltar", "Sunda Strait", "Bab el-Mandeb"]) {
  await named(strait, "Close to LNG");
}
for (const name of ["Altai", "Power of Siberia", "South Stream, offshore", "Trans-Caspian", "Myanmar - China", "TAPI, Turkmenistan - Afghanistan - Pakistan"]) {
  await named(name, `Build ${name}`);
}
for (const name of ["Russia - Ukraine (all entry points)", "Langeled, Vesterled, Tampen Link", "BBL"]) {
  await named(name, `Close ${name}`);
}
console.log(`click to picture: median ${Math.round(median(clicks.map((one) => one[0])))} ms, of them in the solver ${Math.round(median(clicks.map((one) => one[1])))} ms; slowest ${Math.round(Math.max(...clicks.map((one) => one[0])))} ms; ${clicks.length} clicks`);
console.log(`without the solver: median ${Math.round(median(clicks.map((one) => one[0] - one[1])))} ms`);
await browser.close();
server.end();

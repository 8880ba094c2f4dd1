// The negotiation of a small case in a report: levers that clash, prices that were reported, the figures of the article.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { netback, opened } from "./browser.mjs";

const CASE = {
  "case.toml": `name = "small"\ntitle = "A field, a city and a market abroad"\nbase_year = 2000
[[year]]\nyear = 2000\n[[season]]\nname = "all-year"\nshare = 1.0\n`,
  "actors.csv": "actor,name\nnorth,North\nsouth,South\nwest,West\n",
  "nodes.csv": "node,name,actor,region\nwells,Wells,north,r\nborder,Border,south,r\ncity,City,south,r\nabroad,Abroad,west,r\n",
  "traders.csv": "trader,name,actor,theta\nseller,Seller,north,0.5\nown,Own,south,0\n",
  "fields.csv": `field,node,trader,capacity_bcm_per_year,marginal_cost_usd_per_tcm,cost_slope_usd_per_tcm_per_bcm_per_year
wells,wells,seller,60,20,0.5\nown,city,own,40,60,2\n`,
  "demand.csv": "node,quantity_bcm_per_year,price_usd_per_tcm,elasticity\ncity,40,200,-0.5\nabroad,30,300,-0.6\nwells,5,40,-0.4\n",
  "pipelines.csv": `pipeline,name,from,to,capacity_bcm_per_year,tariff_usd_per_tcm
line,Line,wells,border,12,30\nwithin,Within,border,city,30,10\nwest,West,wells,abroad,25,40\n`,
  "index_levels.csv": "index,name,unit,base_level\noil,Oil,USD/bbl,80\n",
  "deals/small.toml": `title = "A small deal"\nseller = "north"\ntrader = "seller"\nbuyer = "south"\nvolume = 10\ndelivery = ["line"]
city_gate = "city"\nalternative_market = "abroad"\nfirst_year = 2000\nyears = 3\ndiscount_rate = 0.1\nexport_duty_fraction = 0.3
index = "oil"\nlevels = [40, 120]\nvolatility = 0.2
[reported]\nbid = 100\nask = 200\nnote = "as told"
[[stage]]\nyear = 2000\n[[valuation]]\nname = "regulated"\ncity_gate_usd_per_tcm = 150
[[lever]]\nname = "half the duty"\nexport_duty_fraction = 0.15
[[lever]]\nname = "no duty"\nexport_duty_fraction = 0.0
[[lever]]\nname = "half the line"\ntariff_share_of_buyer_fraction = 0.5
[[alternative]]\nname = "other"\nconstant_usd_per_tcm = 20\nslope_usd_per_tcm_per_unit = 3\nhaul_usd_per_tcm = 15\n`,
};

let browser, page, faults;

before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "netback-"));
  for (const part of ["", "deals"]) mkdirSync(join(folder, "small", part), { recursive: true });
  for (const [name, text] of Object.entries(CASE)) writeFileSync(join(folder, "small", name), text);
  const [study, file] = [join(folder, "study.toml"), join(folder, "report.html")];
  writeFileSync(study, `title = "A small study"\ncase = "${join(folder, "small")}"
[[question]]\nkind = "check-figures"\ntitle = "What do the figures imply?"\ntotal_billion_usd = 1000\nyears = 30\nbcm_per_year = 68\ngas = "russia"
[[question]]\nkind = "deal"\ntitle = "Is there a price?"\ndeal = "small"\n`);
  netback("study", study, "--report", file);
  ({ browser, page, faults } = await opened(pathToFileURL(file).href));
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector("#verdict");
});
after(() => browser?.close());

const lever = (name) => page.getByRole("checkbox", { name, exact: true });

test("levers that set the same term cannot be on together, and the page says why", async () => {
  await lever("half the duty").check();
  await lever("half the line").check();
  assert.ok(await lever("no duty").isDisabled());
  assert.match(await page.textContent(".choices"), /“no duty” cannot be on beside “half the duty”: both set the export duty\./);
  await lever("half the duty").uncheck();
  await lever("no duty").check();
  assert.ok(await lever("half the duty").isDisabled());
});

test("on paper every lever that is on is seen, and no other", async () => {
  await page.emulateMedia({ media: "print" });
  assert.deepEqual(await page.locator(".choices label:visible:has([name=lever])").allTextContents().then((all) => all.map((one) => one.trim())), ["no duty", "half the line"]);
  await page.emulateMedia({ media: "screen" });
});

test("what was reported and the figures of the article stand below the chart", async () => {
  assert.match((await page.textContent("#reported")).replaceAll(/\s+/g, " "), /Reported: South bid 100(\.0)? USD\/tcm .*North asked 200(\.0)? USD\/tcm .*as told/);
  await page.getByText("Figures of the article, recomputed").click();
  assert.ok((await page.locator("details.figures tbody tr:visible").count()) > 0);
  assert.doesNotMatch(await page.innerText("body"), /by_hand|company_and_state|changes_market/);
});

test("nothing fails and nothing is asked of the network", () => assert.deepEqual(faults, []));

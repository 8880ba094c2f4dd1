// A served case in a headless browser: the program, its address, and a page that notes every fault.

import { spawn, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const target = process.env.CARGO_TARGET_DIR ?? new URL("../../target", import.meta.url).pathname;
export const program = process.env.NETBACK ?? `${target}/release/netback`;

function browserProgram() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      // the next name
    }
  }
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

/** Starts `netback serve` and gives its address. */
export async function served(...words) {
  const child = spawn(program, ["serve", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const address = await new Promise((found, failed) => {
    let talk = "";
    child.stderr.on("data", (text) => (talk += text));
    child.stdout.once("data", (text) => found(String(text).trim()));
    child.once("exit", () => failed(new Error(`netback serve ended: ${talk}`)));
  });
  return { address, end: () => child.kill() };
}

/** A browser whose page notes errors, warnings of the console, and requests to anywhere but `origin`. */
export async function opened(origin, options = {}) {
  const browser = await chromium.launch({ executablePath: browserProgram(), args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) faults.push(`request: ${url}`);
  });
  return { browser, page, faults };
}

/** Rows of a CSV text without quotes across lines, by column. */
export function rows(csv) {
  const split = (line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((cell) => cell[1].replace(/^"|"$/g, ""));
  const [header, ...lines] = csv.trim().split("\n").map(split);
  return lines.map((line) => Object.fromEntries(header.map((name, at) => [name, line[at]])));
}

export function netback(...words) {
  return execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28 });
}

// The order of every palette survives colour blindness: lightness alone tells it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { transformWithEsbuild } from "vite";

const source = readFileSync(new URL("../src/colours.ts", import.meta.url), "utf8");
const { code } = await transformWithEsbuild(source, "colours.ts", { format: "esm" });
const { palette } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

// Machado, Oliveira & Fernandes 2009, severity 1, in linear RGB
const SIGHT = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** CIE L*a*b* of a colour as somebody sees it. */
function seen(colour, sight) {
  const parts = colour.startsWith("#")
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : colour.match(/\d+/g).map(Number);
  const linear = parts.map((value) => value / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const [r, g, b] = SIGHT[sight].map((row) => Math.max(0, Math.min(1, row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2])));
  const xyz = [
    (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
  ];
  const [x, y, z] = xyz.map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
const apart = (a, b) => Math.hypot(...a.map((value, at) => value - b[at]));

for (const dark of [false, true]) {
  for (const sight of Object.keys(SIGHT)) {
    test(`${dark ? "dark" : "light"} palette, ${sight}`, () => {
      const colours = palette(dark);
      for (const name of ["use", "price"]) {
        const lightness = Array.from({ length: 21 }, (_, at) => seen(colours[name](at / 20), sight)[0]);
        const steps = lightness.slice(1).map((value, at) => value - lightness[at]);
        assert.ok(steps.every((step) => Math.sign(step) === Math.sign(steps[0]) && Math.abs(step) > 0.5), `${name}: ${lightness.map(Math.round)}`);
        assert.ok(Math.abs(lightness.at(-1) - lightness[0]) > 40, `${name} spans ${lightness[0]} to ${lightness.at(-1)}`);
      }
      const [low, none, high] = [-1, 0, 1].map((share) => seen(colours.difference(share), sight));
      assert.ok(apart(low, high) > 40, `lower and higher are ${apart(low, high)} apart`);
      assert.ok(apart(low, none) > 25 && apart(high, none) > 25, "a full change looks like none");
    });
  }
}

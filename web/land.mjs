// The outlines of land for `netback plot`, from the atlas that the page uses: node land.mjs FILE
// Rings of degrees east and north to a tenth, one ring a line.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature } from "topojson-client";

const atlas = JSON.parse(readFileSync(createRequire(import.meta.url).resolve("world-atlas/land-110m.json"), "utf8"));
const land = feature(atlas, atlas.objects.land);
const shapes = land.features.flatMap((one) => (one.geometry.type === "Polygon" ? [one.geometry.coordinates] : one.geometry.coordinates));
const tenth = (value) => Math.round(value * 10) / 10;
const rings = shapes.flat().map((ring) => ring.map(([x, y]) => `${tenth(x)} ${tenth(y)}`).join(","));
writeFileSync(process.argv[2] ?? "../crates/netback-web/map/land.txt", rings.join("\n") + "\n");

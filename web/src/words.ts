// Numbers and names for reading.

import type { Change, World } from "./model";

/** Few digits, no exponent. */
export function num(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return group(Math.round(value));
  if (size >= 100) return value.toFixed(0).replace("-", "−");
  if (size >= 10) return value.toFixed(1).replace("-", "−");
  if (size < 0.005) return "0";
  return value.toFixed(2).replace("-", "−");
}

/** With a sign: a change. */
export function change(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const text = num(value);
  return value > 0 && text !== "0" ? `+${text}` : text;
}

function group(value: number): string {
  return value.toString().replace("-", "−").replace(/\B(?=(\d{3})+$)/g, " ");
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** A column name of a table as words, its unit last. */
export function heading(column: string): string {
  return column
    .replace(/_usd_per_tcm$/, ", USD/tcm")
    .replace(/_usd_per_mmbtu$/, ", USD/mmbtu")
    .replace(/_million_usd_per_year$/, ", million USD/yr")
    .replace(/_million_usd$/, ", million USD")
    .replace(/_bcm_per_year$/, ", bcm/yr")
    .replace(/_bcm$/, ", bcm")
    .replaceAll("_", " ");
}

/** A change in whole numbers where it has several digits. */
function brief(value: number): string {
  return change(Math.abs(value) >= 10 ? Math.round(value) : value).replace(/\.0$/, "");
}

/** Low and high of a change. */
export function between(range: [number, number] | null): string {
  return range ? `${brief(range[0])} to ${brief(range[1])}` : "";
}

/** The name of a run inside a sentence, with at most two changes. */
export function inSentence(label: string): string {
  if (label === "As it stands") return "as it stands";
  const parts = label.split("; ");
  return parts.length <= 2 ? label : `${parts.slice(0, 2).join("; ")} and ${parts.length - 2} more`;
}

/** A country's name without what stands in brackets. */
export function short(name: string): string {
  return name.replace(/ \(.*$/, "").replace(/, .*$/, "");
}

/** A change in the words of the list of changes. */
export function words(world: World, one: Change): string {
  const find = (all: { id: string; name: string }[], id: string) =>
    all.find((item) => item.id === id)?.name ?? id;
  switch (one.kind) {
    case "scenario":
      return world.scenarios.find((known) => known.name === one.name)?.title ?? one.name;
    case "chokepoint": {
      const name = find(world.chokepoints, one.id);
      if (one.capacity === 0) {
        const lapsed = world.chokepoints.find((point) => point.id === one.id)?.shut_contracts.length ?? 0;
        return `${name} closed to LNG${lapsed > 0 ? `, force majeure for ${lapsed} contracts` : ""}`;
      }
      return `${name} limited to ${num(one.capacity)} bcm/yr`;
    }
    case "capacity": {
      const name = find(world[one.table], one.id);
      return one.share === 0 ? `${name} closed` : `${name} at ${percent(one.share)}`;
    }
    case "build":
      return `${find(world[one.table], one.id)} built`;
    case "demand":
      return `Demand of ${find(world.actors, one.actor)} ${change(100 * (one.factor - 1))} %`;
    case "index": {
      const index = world.indices.find((known) => known.id === one.id);
      return `${index?.name ?? one.id} at ${num(one.level)} ${index?.unit ?? ""}`;
    }
  }
}

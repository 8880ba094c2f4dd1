// Where ships sail, for drawing only: the model knows distances and straits, not courses.

import { geoDistance } from "d3-geo";
import sea from "../../../crates/netback-web/map/sea.json";
import type { ByPeriod, Cargoes, World } from "../model";

export type Place = [number, number];

/** Points of the sea by name, and the ways between them; the program draws with the same. */
const POINTS = sea.points as Record<string, number[]>;
/** Straits and canals, by the names that cases give them. */
const STRAIT_PLACES = sea.straits as Record<string, number[]>;
const STRAITS = new Set(Object.keys(STRAIT_PLACES));

const neighbours = new Map<string, [string, number][]>();
for (const way of sea.ways) {
  for (let at = 1; at < way.length; at++) {
    const [a, b] = [way[at - 1]!, way[at]!];
    const length = geoDistance(placeOf(a), placeOf(b));
    for (const [from, to] of [[a, b], [b, a]] as const) {
      neighbours.set(from, [...(neighbours.get(from) ?? []), [to, length]]);
    }
  }
}

function placeOf(name: string): Place {
  return (POINTS[name] ?? STRAIT_PLACES[name] ?? [0, 0]) as Place;
}

/** The shortest way that passes no strait but those given; nothing when there is none. */
function way(from: string, to: string, allowed: string[]): string[] | null {
  const best = new Map<string, number>([[from, 0]]);
  const via = new Map<string, string>();
  const done = new Set<string>();
  for (;;) {
    let here: string | null = null;
    for (const [point, length] of best) {
      if (!done.has(point) && (here === null || length < best.get(here)!)) here = point;
    }
    if (here === null) return null;
    if (here === to) break;
    done.add(here);
    for (const [next, length] of neighbours.get(here) ?? []) {
      if (STRAITS.has(next) && !allowed.includes(next)) continue;
      const total = best.get(here)! + length;
      if (total < (best.get(next) ?? Infinity)) {
        best.set(next, total);
        via.set(next, here);
      }
    }
  }
  const points = [to];
  while (points[0] !== from) points.unshift(via.get(points[0]!)!);
  return points;
}

/** A piece of sea between two points, with the gas that passes it in both directions. */
export interface Lane { key: string; from: Place; to: Place; along: number; against: number }

/** The stops of a cargo on its way; none when an end has no place. */
function stopsOf(world: World, cargo: Cargoes): Stop[] {
  const place = (id: string): Place | null => {
    const node = world.nodes.find((one) => one.id === id);
    return node?.longitude == null || node.latitude == null ? null : [node.longitude, node.latitude];
  };
  const [start, end] = [place(cargo.from), place(cargo.to)];
  return start && end ? courseOf(cargo, [start, end], new Map(world.chokepoints.map((point) => [point.id, point]))) : [];
}

const keyOf = (a: Stop, b: Stop): string => (a.name < b.name ? `${a.name}|${b.name}` : `${b.name}|${a.name}`);

/** The lanes of cargoes, with flows of one period summed piece by piece. */
export function lanes(world: World, cargoes: Cargoes[], period: number): Map<string, Lane> {
  const found = new Map<string, Lane>();
  for (const cargo of cargoes) {
    const flow = cargo.flow[period] ?? 0;
    if (flow <= 0) continue;
    const course = stopsOf(world, cargo);
    for (let at = 1; at < course.length; at++) {
      const [a, b] = [course[at - 1]!, course[at]!];
      const forward = a.name < b.name;
      const key = keyOf(a, b);
      const lane = found.get(key) ?? { key, from: (forward ? a : b).place, to: (forward ? b : a).place, along: 0, against: 0 };
      if (forward) lane.along += flow;
      else lane.against += flow;
      found.set(key, lane);
    }
  }
  return found;
}

/** A relation of which cargoes pass a lane, with its flows in two runs. */
export interface Passing { key: string; from: string; to: string; chokepoints: string[]; now: ByPeriod; before: ByPeriod }

/** The cargoes that pass a lane in one of two runs, the largest first. */
export function cargoesOf(world: World, lane: string, now: Cargoes[], before: Cargoes[]): Passing[] {
  const found = new Map<string, Passing>();
  for (const [which, cargoes] of [["now", now], ["before", before]] as const) {
    for (const cargo of cargoes) {
      const course = stopsOf(world, cargo);
      if (!course.some((stop, at) => at > 0 && keyOf(course[at - 1]!, stop) === lane)) continue;
      const key = `${cargo.from}>${cargo.to}:${cargo.chokepoints}`;
      const known = found.get(key) ?? { key, from: cargo.from, to: cargo.to, chokepoints: cargo.chokepoints, now: [], before: [] };
      found.set(key, { ...known, [which]: cargo.flow });
    }
  }
  return [...found.values()].sort((a, b) => (b.now[0] ?? 0) - (a.now[0] ?? 0) || (b.before[0] ?? 0) - (a.before[0] ?? 0));
}

interface Stop { name: string; place: Place }

function courseOf(cargo: Cargoes, ends: [Place, Place], straits: Map<string, { longitude: number | null; latitude: number | null }>): Stop[] {
  const first: Stop = { name: `node:${cargo.from}`, place: ends[0] };
  const last: Stop = { name: `node:${cargo.to}`, place: ends[1] };
  const known = cargo.chokepoints.every((id) => STRAITS.has(id));
  const points = known ? reached(cargo, ends) : null;
  if (points) return [first, ...points.map((name) => ({ name, place: placeOf(name) })), last];
  // a strait of which nothing is known here: straight through it
  const through = cargo.chokepoints.flatMap((id): Stop[] => {
    const point = straits.get(id);
    return point?.longitude != null && point.latitude != null ? [{ name: id, place: [point.longitude, point.latitude] }] : [];
  });
  return [first, ...through, last];
}

const ports = new Map<string, [string, number][]>();

/** Points of the sea that are tried as a port of a place, the nearest first. */
function portsOf(place: Place): [string, number][] {
  const key = place.join();
  let nearest = ports.get(key);
  if (!nearest) {
    const distances = Object.keys(POINTS).map((name): [string, number] => [name, geoDistance(place, placeOf(name))]);
    nearest = distances.sort((a, b) => a[1] - b[1]).slice(0, 6);
    ports.set(key, nearest);
  }
  return nearest;
}

/** Spain has ports on two seas: the way between the ports nearest to both places that needs no other strait. */
function reached(cargo: Cargoes, ends: [Place, Place]): string[] | null {
  const key = `${cargo.from}>${cargo.to}:${cargo.chokepoints}`;
  let points = courses.get(key);
  if (points === undefined) {
    const pairs = portsOf(ends[0]).flatMap(([start, far]) => portsOf(ends[1]).map(([end, further]) => ({ start, end, far: far + further })));
    points = null;
    for (const { start, end } of pairs.sort((a, b) => a.far - b.far)) points ??= way(start, end, cargo.chokepoints);
    courses.set(key, points);
  }
  return points;
}
const courses = new Map<string, string[] | null>();

// Where ships sail, for drawing only: the model knows distances and straits, not courses.

import { geoDistance } from "d3-geo";
import type { Cargoes, World } from "../model";

export type Place = [number, number];

/** Points of the sea by name; straits have the names that cases give them. */
const POINTS: Record<string, Place> = {
  // East Asia
  sakhalin: [143.2, 46.2], "sea of japan": [136, 40], honshu: [142.5, 38.5], tokyo: [140.6, 34.3],
  kyushu: [131, 30.4], busan: [129.3, 34.6], "yellow sea": [123.8, 35.6], bohai: [122.6, 38.2],
  shanghai: [123.6, 30.6], "taiwan strait": [119.3, 23.9], luzon: [120.6, 19.8], "hong kong": [114.6, 20.9],
  "south china sea": [112, 14.5], vietnam: [109.4, 9], brunei: [113.6, 6], "gulf of thailand": [101.5, 10.5],
  bangkok: [100.9, 12.4], singapore: [104.9, 1.6], karimata: [108.2, -1.8], "java sea": [110.5, -5],
  makassar: [118, -1.2], celebes: [121.5, 3.4], "philippine sea": [128, 8], "west pacific": [139, 18],
  manila: [119.6, 14.2],
  // Indian Ocean
  andaman: [95.3, 6.1], bengal: [90.5, 19.8], rangoon: [95, 14.8], "sri lanka": [80.8, 5.2], kerala: [75, 8.6],
  gujarat: [71, 20.2], karachi: [66.2, 24], "gulf of oman": [59.6, 24.6], oman: [60.6, 22.3],
  "persian gulf": [53, 26.2], kuwait: [49.9, 28.6], aden: [47.8, 12.9], socotra: [53.5, 14.4],
  "red sea": [38.6, 19.8], "gulf of suez": [33.6, 27.8], somalia: [52.5, 4], mozambique: [42.5, -16],
  durban: [33.4, -30.6], "mid indian ocean": [80, -12], lombok: [115.7, -9.4], "north west shelf": [115, -19.3],
  timor: [127.3, -11.2], perth: [113.6, -33.5], "great australian bight": [134, -38], "bass strait": [146, -40],
  tasman: [157, -37.5], "new zealand": [172.5, -37], torres: [142.3, -10.6], papua: [147.6, -11], solomon: [155, -5],
  // Mediterranean and Black Sea
  "port said": [32.3, 31.8], levant: [34, 33], crete: [23.8, 34.2], aegean: [24.3, 37.2], smyrna: [26, 38.6],
  marmara: [27.9, 40.7], ionian: [18.6, 37], otranto: [18.8, 40.2], adriatic: [13.4, 44.4], sirte: [16, 33],
  sicily: [11.6, 37.3], algiers: [3.4, 37.2], genoa: [9, 43.6], lion: [4.4, 42.4], barcelona: [2.4, 40.6],
  // Atlantic
  cadiz: [-8.6, 36.2], lisbon: [-9.9, 38.6], finisterre: [-9.9, 43.4], brittany: [-5.8, 48.7], biscay: [-3.4, 46.6],
  channel: [-0.5, 50.2], dover: [1.7, 51.2], zeebrugge: [3, 51.9], "north sea": [3, 56.5], norway: [4, 61.8], "north cape": [20, 71.4],
  skagerrak: [9.5, 57.9], kattegat: [11.4, 56.6], baltic: [16, 55.2], gdansk: [19, 55], klaipeda: [20.6, 56], celtic: [-7, 50.6], milford: [-5.5, 51.5],
  canaries: [-17, 27.5], dakar: [-18.6, 14.6], liberia: [-9.5, 3.8], "gulf of guinea": [4.8, 3.3], malabo: [8, 3.2],
  angola: [10.6, -8], namibia: [12, -24], "good hope": [17.6, -35.6], "mid atlantic": [-38, 40], "middle passage": [-42, 22],
  trinidad: [-60.4, 11.4], caribbean: [-69, 15.2], windward: [-72.5, 19.9], colombia: [-77.5, 12], yucatan: [-85.7, 22], "gulf of mexico": [-91.8, 27.6],
  florida: [-80, 24.6], hatteras: [-73.5, 36.2], "nova scotia": [-62.5, 43.5], recife: [-33.8, -7.2], rio: [-41, -23.8],
  "rio de la plata": [-55, -37], horn: [-66.5, -56.8],
  // East Pacific
  "gulf of panama": [-80, 6.6], peru: [-78, -13.6], chile: [-73, -33], "south chile": [-77, -50], manzanillo: [-105.8, 18],
  baja: [-118, 31], "north pacific": [-165, 44],
};

const STRAIT_PLACES: Record<string, Place> = {
  hormuz: [56.4, 26.5], "bab-el-mandeb": [43.35, 12.6], suez: [32.35, 30.45], gibraltar: [-5.6, 35.95],
  malacca: [101, 2.8], sunda: [105.8, -5.95], panama: [-79.75, 9.1],
};

const STRAITS = new Set(Object.keys(STRAIT_PLACES));

const WAYS: [string, ...string[]][] = [
  ["sakhalin", "sea of japan", "busan", "kyushu"], ["sakhalin", "honshu", "tokyo", "kyushu", "shanghai"],
  ["busan", "yellow sea", "bohai"], ["shanghai", "yellow sea"], ["shanghai", "busan"],
  ["shanghai", "taiwan strait", "hong kong", "south china sea", "vietnam", "singapore"],
  ["kyushu", "luzon", "south china sea", "manila"], ["taiwan strait", "luzon", "hong kong"],
  ["south china sea", "brunei", "singapore"], ["vietnam", "brunei"], ["vietnam", "gulf of thailand", "bangkok"],
  ["singapore", "malacca", "andaman", "sri lanka", "kerala", "gujarat", "karachi", "gulf of oman"],
  ["singapore", "karimata", "java sea", "lombok"], ["karimata", "sunda", "mid indian ocean"], ["java sea", "sunda"], ["java sea", "makassar"],
  ["lombok", "makassar", "celebes", "philippine sea", "west pacific", "tokyo"], ["celebes", "manila"], ["luzon", "philippine sea"],
  ["west pacific", "kyushu"], ["andaman", "bengal", "sri lanka"], ["andaman", "rangoon", "bengal"],
  ["gujarat", "gulf of oman", "oman", "socotra", "aden", "bab-el-mandeb", "red sea", "gulf of suez", "suez", "port said"],
  ["gulf of oman", "hormuz", "persian gulf", "kuwait"], ["sri lanka", "oman"], ["sri lanka", "socotra"], ["kerala", "oman"], ["gulf of oman", "kerala"],
  ["socotra", "somalia", "mozambique", "durban", "good hope"], ["oman", "somalia"], ["oman", "gujarat"], ["somalia", "mid indian ocean"],
  ["mid indian ocean", "durban"], ["mid indian ocean", "north west shelf"], ["mid indian ocean", "sri lanka"], ["sunda", "durban"],
  ["sunda", "north west shelf", "lombok", "timor", "torres", "papua", "solomon", "west pacific"], ["north west shelf", "timor"], ["timor", "makassar"], ["timor", "celebes"],
  ["north west shelf", "perth", "great australian bight", "bass strait", "tasman", "new zealand"], ["perth", "durban"], ["tasman", "solomon"], ["papua", "tasman"],
  ["sri lanka", "sunda"],
  ["port said", "crete", "ionian", "sicily", "algiers", "gibraltar", "cadiz", "lisbon", "finisterre", "brittany", "channel", "dover", "zeebrugge", "north sea", "norway", "north cape"],
  ["port said", "levant"], ["levant", "crete"], ["crete", "aegean", "smyrna", "marmara"], ["ionian", "otranto", "adriatic"], ["ionian", "sirte", "crete"], ["sirte", "sicily"],
  ["sicily", "genoa", "lion", "barcelona", "algiers"], ["algiers", "lion"], ["finisterre", "biscay", "brittany"], ["brittany", "celtic", "milford"], ["finisterre", "celtic"],
  ["north sea", "skagerrak", "kattegat", "baltic", "gdansk", "klaipeda"],
  ["cadiz", "canaries", "dakar", "liberia", "gulf of guinea", "malabo", "angola", "namibia", "good hope"], ["liberia", "namibia"], ["liberia", "good hope"],
  ["finisterre", "mid atlantic", "nova scotia", "hatteras"], ["celtic", "mid atlantic", "hatteras"], ["cadiz", "mid atlantic"], ["celtic", "nova scotia"],
  ["cadiz", "middle passage", "windward", "yucatan"], ["canaries", "middle passage", "trinidad"], ["finisterre", "trinidad"], ["dakar", "trinidad"], ["dakar", "recife"],
  ["trinidad", "caribbean", "colombia", "panama", "gulf of panama"], ["caribbean", "windward", "hatteras"], ["caribbean", "yucatan", "gulf of mexico"], ["yucatan", "florida", "hatteras"],
  ["gulf of mexico", "florida"], ["florida", "middle passage"], ["trinidad", "hatteras"], ["windward", "colombia"], ["yucatan", "colombia"], ["trinidad", "recife", "rio", "rio de la plata", "horn", "south chile", "chile", "peru", "gulf of panama"],
  ["liberia", "recife"], ["gulf of guinea", "recife"], ["angola", "rio"], ["good hope", "rio"], ["good hope", "rio de la plata"], ["gulf of guinea", "good hope"],
  ["gulf of panama", "manzanillo", "baja", "north pacific", "honshu"], ["peru", "manzanillo"], ["manzanillo", "north pacific"],
  ["horn", "good hope"],
];

const neighbours = new Map<string, [string, number][]>();
for (const way of WAYS) {
  for (let at = 1; at < way.length; at++) {
    const [a, b] = [way[at - 1]!, way[at]!];
    const length = geoDistance(placeOf(a), placeOf(b));
    for (const [from, to] of [[a, b], [b, a]] as const) {
      neighbours.set(from, [...(neighbours.get(from) ?? []), [to, length]]);
    }
  }
}

function placeOf(name: string): Place {
  return POINTS[name] ?? STRAIT_PLACES[name] ?? [0, 0];
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

/** The lanes of cargoes, with flows of one period summed piece by piece. */
export function lanes(world: World, cargoes: Cargoes[], period: number): Map<string, Lane> {
  const places = new Map(world.nodes.map((node) => [node.id, node]));
  const straits = new Map(world.chokepoints.map((point) => [point.id, point]));
  const found = new Map<string, Lane>();
  for (const cargo of cargoes) {
    const flow = cargo.flow[period] ?? 0;
    const [start, end] = [places.get(cargo.from), places.get(cargo.to)];
    if (flow <= 0 || start?.longitude == null || start.latitude == null || end?.longitude == null || end.latitude == null) continue;
    const ends: [Place, Place] = [[start.longitude, start.latitude], [end.longitude, end.latitude]];
    const course = courseOf(cargo, ends, straits);
    for (let at = 1; at < course.length; at++) {
      const [a, b] = [course[at - 1]!, course[at]!];
      const forward = a.name < b.name;
      const key = forward ? `${a.name}|${b.name}` : `${b.name}|${a.name}`;
      const lane = found.get(key) ?? { key, from: (forward ? a : b).place, to: (forward ? b : a).place, along: 0, against: 0 };
      if (forward) lane.along += flow;
      else lane.against += flow;
      found.set(key, lane);
    }
  }
  return found;
}

interface Stop { name: string; place: Place }

function courseOf(cargo: Cargoes, ends: [Place, Place], straits: Map<string, { longitude: number | null; latitude: number | null }>): Stop[] {
  const first: Stop = { name: `node:${cargo.from}`, place: ends[0] };
  const last: Stop = { name: `node:${cargo.to}`, place: ends[1] };
  const known = cargo.chokepoints.every((id) => STRAITS.has(id));
  const points = known ? way(port(cargo.from, ends[0]), port(cargo.to, ends[1]), cargo.chokepoints) : null;
  if (points) return [first, ...points.map((name) => ({ name, place: placeOf(name) })), last];
  // a strait of which nothing is known here: straight through it
  const through = cargo.chokepoints.flatMap((id): Stop[] => {
    const point = straits.get(id);
    return point?.longitude != null && point.latitude != null ? [{ name: id, place: [point.longitude, point.latitude] }] : [];
  });
  return [first, ...through, last];
}

const ports = new Map<string, string>();

function port(node: string, place: Place): string {
  const key = `${node}:${place}`;
  let nearest = ports.get(key);
  if (!nearest) {
    let least = Infinity;
    for (const name of Object.keys(POINTS)) {
      const distance = geoDistance(place, placeOf(name));
      if (distance < least) [least, nearest] = [distance, name];
    }
    ports.set(key, nearest!);
  }
  return nearest!;
}

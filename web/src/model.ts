// What the server and the report send. Volumes in bcm/yr (of the year: bcm), prices in USD/tcm.

/** The year, then each season. */
export type ByPeriod = (number | null)[];

export interface Named { name: string; title: string }
export interface Actor { id: string; name: string; bloc: string }
export interface NodeOfCase {
  id: string; name: string; actor: string; region: string;
  longitude: number | null; latitude: number | null;
  demand: number; observed_price: number | null; unconfirmed: boolean; note: string;
}
export interface Asset {
  id: string; name: string; node: string; capacity: number; stands: boolean; first_year: number;
  source: string; note: string; unconfirmed: boolean;
}
export interface Pipeline {
  id: string; name: string; from: string; to: string; capacity: number; tariff: number;
  length_km: number | null; owners: string[]; capex_million_usd_per_bcm_per_year: number | null;
  stands: boolean; first_year: number; source: string; note: string; unconfirmed: boolean;
}
export interface Chokepoint {
  id: string; name: string; longitude: number | null; latitude: number | null;
  capacity: number | null; note: string; unconfirmed: boolean;
  /** Contracts that lapse when it is closed. */
  shut_contracts: string[];
}
export interface Contract {
  id: string; name: string; seller: string; buyer: string;
  minimum: number | null; maximum: number | null; note: string; unconfirmed: boolean;
}
export interface World {
  netback: string; case: string; title: string; hash: string;
  years: number[]; seasons: { name: string; share: number }[]; mmbtu_per_tcm: number;
  actors: Actor[]; nodes: NodeOfCase[]; traders: { id: string; name: string; actor: string }[];
  fields: Asset[]; pipelines: Pipeline[]; liquefaction: Asset[]; regasification: Asset[]; storage: Asset[];
  chokepoints: Chokepoint[]; contracts: Contract[];
  indices: { id: string; name: string; unit: string; base_level: number }[];
  observed_sales: [string, string, number][];
  observed_border_flows: { point: string; from: string; to: string; bcm_per_year: number }[];
  monthly_prices: { node: string; series: string; first: [number, number]; prices: (number | null)[] }[];
  scenarios: Named[]; deals: Named[];
}

export interface Use { id: string; flow: ByPeriod; capacity: ByPeriod; value: ByPeriod; spread?: ByPeriod }
export interface StorageInRun {
  id: string; injection: ByPeriod; withdrawal: ByPeriod; highest_level: number; working_volume: number; value: number | null;
}
export interface NodeInRun { id: string; price: ByPeriod; consumption: ByPeriod; production: ByPeriod }
export interface Cargoes { from: string; to: string; chokepoints: string[]; flow: ByPeriod }
export interface RouteInRun { seller: string; buyer: string; straits: string[]; pipeline: string | null; bcm: number }
export interface YearOfRun {
  year: number; nodes: NodeInRun[]; pipelines: Use[]; liquefaction: Use[]; regasification: Use[]; fields: Use[];
  storage: StorageInRun[]; chokepoints: Use[]; lng: Cargoes[]; sales: { trader: string; market: string; bcm: number }[];
  contracts: { id: string; rate: number; shortfall: number; force_majeure: boolean }[];
  routes: RouteInRun[];
  actors: { actor: string; consumers: number; producers: number; transport: number; taxes: number }[];
}
export interface Run {
  label: string; scenario: string;
  certificate: { natural_residual: number; primal: number; dual: number; worst: string; tolerance: number };
  times: { build: number; solve: number; polish: number; certify: number; total: number };
  size: [number, number, number]; iterations: number; welfare_million_usd: number;
  years: YearOfRun[];
}

export type AssetTable = "pipelines" | "fields" | "liquefaction" | "regasification" | "storage";
export type Change =
  | { kind: "scenario"; name: string }
  | { kind: "chokepoint"; id: string; capacity: number }
  | { kind: "capacity"; table: AssetTable; id: string; share: number }
  | { kind: "build"; table: AssetTable; id: string }
  | { kind: "demand"; actor: string; factor: number }
  | { kind: "index"; id: string; level: number };

export type CellValue = string | number | null;
export interface Table { name: string; header: string[]; rows: CellValue[][] }
export interface Answer {
  kind: string; title: string; summary: string[]; tables: Table[];
  markets_solved: number; worst_natural_residual: number;
}
/** A switch of a deal; `clashes` are levers that cannot be on beside it, and what both set. */
export interface Lever { name: string; changes_market: boolean; counts_by_hand: boolean; clashes: [number, string][] }
/** Levers are positions among those of the deal, ascending; empty for the deal as it stands. */
export interface Deal {
  id: string; title: string; seller: string; buyer: string; index: string; index_unit: string;
  base_level: number; volume_bcm_per_year: number; bid: number | null; ask: number | null; reported_note: string;
  stages: string[]; valuations: string[]; levers: Lever[];
  curves: { stage: number; valuation: number; whose: string; levers: number[]; points: [number, number, number][] }[];
  effects: { valuation: number; whose: string; levers: number[]; before: [number, number]; after: [number, number] }[];
  summary: string[]; tables: Table[]; markets_solved: number; worst_natural_residual: number;
}
export interface Bargaining { title: string; summary: string[]; tables: Table[] }

/** What has ranges; trade by `seller|way` and `way|buyer`, sales by `trader|market`. */
export type Measure =
  | "price" | "consumption" | "production" | "pipelines" | "chokepoints" | "liquefaction" | "regasification" | "fields"
  | "sales" | "sold" | "bought" | "surplus";
/** Lowest and highest change over the variants; a name that is not there does not move. */
export interface Ranges {
  shown: number; against: number;
  years: Partial<Record<Measure, Record<string, ([number, number] | null)[]>>>[];
}

export interface ReportData {
  title: string; world: World; runs: Run[]; answers: Answer[]; deals: Deal[]; ranges: Ranges[]; bargaining: Bargaining[];
}
export interface Opening {
  world: World; base: Run; study: { title: string; comparisons: [string, string, string][] } | null;
}

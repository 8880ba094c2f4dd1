// The state of the page: the world, its runs, and which of them are shown.

import { tick } from "svelte";
import * as server from "./server";
import { words } from "./words";
import type { Bargaining, Change, Deal, Measure, Ranges, ReportData, Run, Table, World, YearOfRun } from "./model";

export interface KnownRun { number: number; changes: Change[] | null; run: Run }
export type Selection =
  | { kind: "node"; id: string }
  | { kind: "corridor"; from: string; to: string }
  | { kind: "chokepoint"; id: string }
  | { kind: "lane"; key: string }
  | null;

/** Which of the variants' changes is drawn: that of the central one, or the least or most of all. */
export type Estimate = "central" | "low" | "high";

export const layers = $state({ pipelines: true, lng: true, prices: true, projects: true, labels: true });

class Page {
  world = $state.raw<World | null>(null);
  report = $state.raw<ReportData | null>(null);
  study = $state.raw<{ title: string; comparisons: [string, string, string][] } | null>(null);
  runs = $state.raw<KnownRun[]>([]);
  shown = $state(0);
  against = $state(0);
  /** 0 the year, then the seasons. */
  period = $state(0);
  year = $state(0);
  changes = $state.raw<Change[]>([]);
  past = $state.raw<Change[][]>([]);
  selection = $state.raw<Selection>(null);
  solving = $state(false);
  trouble = $state("");
  /** Milliseconds from the click to the changed picture, and of them in the solver; nothing there when the run was known. */
  took = $state.raw<{ click: number; solve: number | null } | null>(null);
  deals = $state.raw<Deal[]>([]);
  bargaining = $state.raw<Bargaining[]>([]);
  dark = $state(false);
  ranges = $state.raw<(Ranges & { table: Table | null })[]>([]);
  wanted = $state<Estimate>("central");

  /** Whether nodes have places, so that there is a map. */
  get hasMap(): boolean {
    return this.world?.nodes.some((node) => node.longitude !== null && node.latitude !== null) ?? false;
  }
  get live(): boolean {
    return this.report === null;
  }
  get run(): Run {
    return this.runs[this.shown]!.run;
  }
  get other(): Run {
    return this.runs[this.against]!.run;
  }
  /** Changes of the run that is shown. */
  get shownChanges(): Change[] {
    return this.runs[this.shown]!.changes ?? [];
  }
  get comparing(): boolean {
    return this.shown !== this.against;
  }
  /** Ranges of the comparison that is shown, when they are known. */
  get known() {
    return this.ranges.find((one) => one.shown === this.shown && one.against === this.against);
  }
  get estimate(): Estimate {
    return this.comparing && this.known ? this.wanted : "central";
  }
  /** Low and high of a change; nothing when unknown. */
  range(measure: Measure, id: string, period = this.period): [number, number] | null {
    const all = this.known?.years[this.year];
    if (!this.comparing || !all) return null;
    const found = all[measure]?.[id];
    return found === undefined ? [0, 0] : (found[period] ?? null);
  }
  /** A change as it is drawn: the central one, or the low or high one of the variants. */
  drawn(measure: Measure, id: string, central: number | null, period = this.period): number | null {
    if (this.estimate === "central" || central === null) return central;
    const range = this.range(measure, id, period);
    return range ? range[this.estimate === "low" ? 0 : 1] : null;
  }
  get now(): YearOfRun {
    return this.run.years[this.year]!;
  }
  get before(): YearOfRun {
    return this.other.years[this.year] ?? this.other.years[0]!;
  }

  async start(): Promise<void> {
    const inline = document.getElementById("netback-data");
    if (inline) {
      const data = JSON.parse(inline.textContent ?? "") as ReportData;
      this.runs = data.runs.map((run, number) => ({ number, changes: null, run }));
      this.deals = data.deals;
      this.bargaining = data.bargaining;
      this.ranges = data.ranges.map((one) => ({ ...one, table: null }));
      this.shown = Math.min(1, data.runs.length - 1);
      this.report = data;
      this.world = data.world;
      document.title = data.title;
      return;
    }
    const opening = await server.open();
    this.runs = [{ number: 0, changes: [], run: opening.base }];
    this.study = opening.study;
    this.world = opening.world;
    document.title = `netback: ${opening.world.title}`;
  }

  /** Each replaces the change of the same thing, or is added; all are solved at once. */
  apply(...changes: Change[]): Promise<void> {
    const kept = this.changes.filter((one) => !changes.some((other) => sameThing(one, other)));
    return this.become([...kept, ...changes]);
  }

  withdraw(change: Change): Promise<void> {
    return this.become(this.changes.filter((one) => one !== change));
  }

  async undo(): Promise<void> {
    const before = this.past.at(-1);
    if (!before) return;
    const earlier = this.past.slice(0, -1);
    await this.become(before);
    if (this.changes === before) this.past = earlier;
  }

  /** Shows a run; its changes are then what the list, undo, the next click and the saved file start from. */
  show(number: number): void {
    const { changes } = this.runs[number]!;
    this.shown = number;
    this.took = null;
    if (!changes || changes === this.changes) return;
    this.past = [...this.past, this.changes];
    this.changes = changes;
  }

  async become(changes: Change[]): Promise<void> {
    if (this.solving || !this.live) return;
    const started = performance.now();
    this.trouble = "";
    const focused = document.activeElement;
    this.solving = true;
    try {
      let known = this.runs.find((one) => one.changes && JSON.stringify(one.changes) === JSON.stringify(changes));
      const remembered = known !== undefined;
      if (!known) {
        server.stop();
        const label = changes.map((one) => words(this.world!, one)).join("; ").slice(0, 280);
        const run = await server.solve(label, changes);
        known = { number: this.runs.length, changes, run };
        this.runs = [...this.runs, known];
      }
      this.past = [...this.past, this.changes];
      this.changes = changes;
      if (this.against === this.shown && this.against !== 0) this.against = 0;
      this.shown = known.number;
      await tick();
      const { build, solve, polish, certify } = known.run.times;
      requestAnimationFrame(() => {
        const click = performance.now() - started;
        this.took = { click, solve: remembered ? null : 1000 * (build + solve + polish + certify) };
      });
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    } finally {
      this.solving = false;
      // what is disabled while solving loses the focus
      await tick();
      if (document.activeElement === document.body && focused instanceof HTMLElement && focused.isConnected) focused.focus();
    }
  }

  /** Scenarios of the case joined by " + ", as a list of changes. */
  private named(scenarios: string): Change[] {
    const names = scenarios.split(" + ").map((name) => name.trim());
    return names.filter((name) => name !== "base").map((name) => ({ kind: "scenario", name }));
  }

  /** Shows one set of scenarios against another. */
  async compareNamed(scenarios: string, against: string): Promise<void> {
    await this.become(this.named(against));
    const other = this.shown;
    await this.become(this.named(scenarios));
    this.against = other;
  }

  node(id: string) {
    return this.world!.nodes.find((node) => node.id === id);
  }
  actor(id: string): string {
    return this.world!.actors.find((actor) => actor.id === id)?.name ?? id;
  }
  trader(id: string): string {
    return this.world!.traders.find((trader) => trader.id === id)?.name ?? id;
  }
}

function sameThing(a: Change, b: Change): boolean {
  if (a.kind === "scenario" || b.kind === "scenario") return a.kind === b.kind && "name" in a && "name" in b && a.name === b.name;
  if (a.kind === "demand" || b.kind === "demand") return a.kind === "demand" && b.kind === "demand" && a.actor === b.actor;
  const table = (one: Change) => ("table" in one ? one.table : one.kind);
  return table(a) === table(b) && "id" in a && "id" in b && a.id === b.id && (a.kind === "build") === (b.kind === "build");
}

export const page = new Page();

/** The rows of a list by name. */
export function byId<T extends { id: string }>(rows: T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

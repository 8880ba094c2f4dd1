// The views of the page. A capability adds a file and a line here.

import type { Component } from "svelte";
import AnswersView from "./AnswersView.svelte";
import BargainingView from "./BargainingView.svelte";
import FlowsView from "./FlowsView.svelte";
import MapView from "./MapView.svelte";
import NegotiationsView from "./NegotiationsView.svelte";
import TablesView from "./TablesView.svelte";
import type { page as Page } from "../store.svelte";

export interface View {
  id: string;
  title: string;
  component: Component;
  /** Whether there is anything to show. */
  available: (page: typeof Page) => boolean;
  /** Asks a question of its own about the case as it stands, whatever run is shown. */
  ownQuestion?: boolean;
}

export const views: View[] = [
  { id: "answers", title: "Answers", component: AnswersView, available: (page) => page.report !== null },
  { id: "map", title: "Map", component: MapView, available: () => true },
  { id: "flows", title: "Who buys from whom", component: FlowsView, available: () => true },
  {
    id: "negotiation", title: "Negotiation", component: NegotiationsView, ownQuestion: true,
    available: (page) => page.deals.length > 0 || (page.live && (page.world?.deals.length ?? 0) > 0),
  },
  {
    id: "bargaining", title: "Bargaining", component: BargainingView, ownQuestion: true,
    available: (page) => page.bargaining.length > 0 || page.live,
  },
  { id: "tables", title: "Tables", component: TablesView, available: () => true },
];

// Questions to the local server. Errors are the server's sentences.

import type { Bargaining, Change, Deal, Opening, Ranges, Run, Table } from "./model";

async function ask(path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const request: RequestInit =
    body === undefined
      ? {}
      : { signal, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response: Response;
  try {
    response = await fetch(path, request);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("The program that serves this page does not answer: start netback serve again.");
  }
  if (!response.ok) throw new Error(await sentence(response));
  return response;
}

async function sentence(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { error: string }).error;
  } catch {
    return `The server answered ${response.status}.`;
  }
}

export async function open(): Promise<Opening> {
  return (await ask("/api/world")).json();
}

export async function solve(label: string, changes: Change[]): Promise<Run> {
  return (await ask("/api/solve", { label, changes })).json();
}

export async function bargain(projects: string[]): Promise<Bargaining> {
  return (await ask("/api/bargaining", { projects })).json();
}

type Progress = (done: number, of: number) => void;

/** Asks for a deal; `progress` hears how many markets are solved. */
export function deal(name: string, progress: Progress): Promise<Deal> {
  return long("/api/deal", { name }, progress);
}

/** Asks how far two lists of changes are apart under every variant of what cannot be known. */
export function ranges(
  label: string, changes: Change[], against: Change[], progress: Progress,
): Promise<{ table: Table; ranges: Ranges }> {
  return long("/api/ranges", { label, changes, against }, progress);
}

let asking = new AbortController();

/** Gives up the long question that is being answered: the server answers one at a time, and a click must not wait for it. */
export function stop(): void {
  asking.abort();
}

/** What to tell the reader of a failure; nothing when the question was given up. */
export function told(error: unknown): string {
  if (error instanceof DOMException && error.name === "AbortError") return "";
  return error instanceof Error ? error.message : String(error);
}

async function long<T>(path: string, question: unknown, progress: Progress): Promise<T> {
  stop();
  asking = new AbortController();
  const response = await ask(path, question, asking.signal);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The program stopped before the answer was ready.");
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      const kind = /^event: (.*)$/m.exec(event)?.[1];
      const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null");
      if (kind === "progress") progress(data.done, data.of);
      if (kind === "refusal") throw new Error(data.error);
      if (kind === "answer") return data as T;
    }
  }
}

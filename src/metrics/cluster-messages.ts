import type { MetricSnapshot } from './metric-registry.js';

/** What worker processes and their primary tell each other about metrics. */
export type ClusterMessage =
  /** worker → primary: give me the metrics of all */
  | { readonly type: 'metrics'; readonly id: number }
  /** primary → every worker: give me yours */
  | { readonly type: 'metrics:collect'; readonly id: number }
  /** worker → primary */
  | { readonly type: 'metrics:own'; readonly id: number; readonly metrics: readonly MetricSnapshot[] }
  /** primary → worker */
  | { readonly type: 'metrics:all'; readonly id: number; readonly text: string };

/** Longest wait of a scraped worker for its primary, milliseconds. */
export const SCRAPE_MS = 2_000;
/** Longest wait of the primary for each worker, milliseconds: leaves time to answer. */
export const COLLECT_MS = 1_000;

/** The message, if it is one of ours: the channel is shared with whatever else the processes have to say. */
export function clusterMessage(message: unknown): ClusterMessage | undefined {
  if (typeof message !== 'object' || message === null || !('type' in message)) return undefined;
  const { type } = message;
  if (typeof type !== 'string' || !/^metrics(?::collect|:own|:all)?$/.test(type)) return undefined;
  return message as ClusterMessage;
}

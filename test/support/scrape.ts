import { call } from './gateway.js';

export type Labels = Readonly<Record<string, string>>;

/** One line of an answer of `/metrics`. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** An answer of `/metrics`, read as Prometheus reads it. */
export class Scrape {
  readonly samples: readonly Sample[];

  /** @throws Error on a line that is not in the text format */
  constructor(readonly text: string) {
    this.samples = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map(readSample);
  }

  /** Value of the one series with all these labels; undefined when there is none. */
  value(name: string, labels: Labels = {}): number | undefined {
    const found = this.matching(name, labels);
    if (found.length > 1) throw new Error(`${found.length} series of ${name} match ${JSON.stringify(labels)}`);
    return found[0]?.value;
  }

  /** Sum over all series with these labels. */
  sum(name: string, labels: Labels = {}): number {
    return this.matching(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** Every value that a label has anywhere. */
  labelValues(label: string): string[] {
    return [...new Set(this.samples.flatMap(({ labels }) => labels[label] ?? []))].toSorted();
  }

  private matching(name: string, wanted: Labels): Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === `message_center_${name}` &&
        Object.entries(wanted).every(([label, value]) => sample.labels[label] === value),
    );
  }
}

/** Asks a gateway for its metrics. */
export async function scrape(url: string, init?: RequestInit): Promise<Scrape> {
  const { status, text } = await call(`${url}/metrics`, init);
  if (status !== 200) throw new Error(`/metrics answered ${status}: ${text}`);
  return new Scrape(text);
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|Nan|[+-]Inf|-?[\d.]+(?:e[+-]?\d+)?)$/;

function readSample(line: string): Sample {
  const [, name, labels = '', value] = LINE.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`not a line of the text format: ${line}`);
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g)].map(([, key, text]) => [key, text]);
  return { name, labels: Object.fromEntries(pairs) as Labels, value: Number(value) };
}

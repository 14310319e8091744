import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take longest, most of it waiting: for processes to start, for deadlines, for a Redis that is away. Where
 * vitest has run before it knows durations; on a fresh machine it goes by the size of the files and would begin the
 * longest one late, alone: torture.spec.ts is short. Beside torture, whose rows have times to keep, run those that
 * start no processes of their own; then those that do.
 */
const LONGEST = [
  'torture/torture.spec.ts',
  'e2e/deliveries-outcomes.spec.ts',
  'conformance/conformance.spec.ts',
  'e2e/deliveries-options.spec.ts',
  'e2e/idempotency.spec.ts',
  'e2e/delivery-store.spec.ts',
  'e2e/delivery-store-failures.spec.ts',
  'e2e/deliveries.spec.ts',
  'e2e/callbacks.spec.ts',
  'unit/logging-elasticsearch.spec.ts',
  'e2e/key-revocation.spec.ts',
  'e2e/config-reload.spec.ts',
  'e2e/robots-overlong.spec.ts',
  'e2e/processes.spec.ts',
  'e2e/tokens.spec.ts',
  'e2e/doctor.spec.ts',
  'e2e/cluster.spec.ts',
  'e2e/logging.spec.ts',
  'e2e/secrets-gateway.spec.ts',
  'e2e/slow-clients.spec.ts',
  'e2e/caller-limits.spec.ts',
  'e2e/system-a.spec.ts',
  'e2e/secrets-cli.spec.ts',
  'e2e/metrics-cluster.spec.ts',
  'e2e/slow-redis.spec.ts',
  'e2e/delivery-durability.spec.ts',
  'e2e/daemon.spec.ts',
  'e2e/keys-command.spec.ts',
];

/** Begins the longest files first, on a fresh machine too; the others follow in the order that vitest chooses. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return at === -1 ? LONGEST.length : at;
    };
    return others.toSorted((a, b) => rank(a) - rank(b));
  }
}

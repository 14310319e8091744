import { Fleet, type FleetOptions } from './fleet.js';
import type { Outcome, Scale, Scenario } from './scenario.js';

/** What happens on a fleet. */
export interface Play<Cast> {
  readonly options?: (scale: Scale) => FleetOptions;
  /** Starts who is there when the time of the row begins. */
  readonly cast: (fleet: Fleet) => Promise<Cast>;
  readonly act: (fleet: Fleet, cast: Cast) => Promise<Outcome>;
}

/** A row with a fleet of its own. */
export function onFleet<Cast>({ options, cast, act }: Play<Cast>): Scenario['prepare'] {
  return async (scale, turn) => {
    const fleet = await Fleet.start(scale, turn, options?.(scale));
    try {
      const members = await cast(fleet);
      return { run: () => act(fleet, members), close: () => fleet.close() };
    } catch (error) {
      await fleet.close();
      throw error;
    }
  };
}

// What a worker tells when it is through: how fast it was, and what it took, once it was warm.
/**
 * @param warm so many are done before anything counts
 * @param counted so many count
 * @returns a function to be called for each that is done; it returns the result with the last one
 */
export function tally(warm, counted) {
  let done = 0;
  let start;
  return () => {
    done += 1;
    if (done === warm) start = { at: performance.now(), cpu: process.cpuUsage() };
    if (done < warm + counted) return undefined;
    const { user, system } = process.cpuUsage(start.cpu);
    return { rate: (counted / (performance.now() - start.at)) * 1_000, cpu: (user + system) / counted };
  };
}

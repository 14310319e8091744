// Medians and ranges. Ratios are taken within a round, where both sides met the same machine.

/** The value below which a share of the sorted values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Ratio of each round. */
export function ratios(values, yardstick) {
  return values.map((value, round) => value / yardstick[round]);
}

/** `12.3 (11.9–14.0)`: median and range. */
export function spread(values, digits = 1) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.length === 1) return number(low, digits);
  return `${number(median(values), digits)} (${number(low, digits)}–${number(high, digits)})`;
}

export function number(value, digits = 1) {
  return Number.isFinite(value) ? value.toFixed(digits) : '–';
}

/** Change of evenly sampled values, in per cent of their mean per 60 samples (least squares). */
export function slopePercentPerMinute(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centre = (values.length - 1) / 2;
  let above = 0;
  let below = 0;
  values.forEach((value, second) => {
    above += (second - centre) * (value - mean);
    below += (second - centre) ** 2;
  });
  return ((above / below) * 60 * 100) / mean;
}

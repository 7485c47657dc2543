/** A sum of sines as samples; amplitude is a share of full scale. */
export function tones(
  parts: readonly { hz: number; amplitude: number }[],
  seconds: number,
  rateHz: number,
): Int16Array {
  return Int16Array.from({ length: Math.round(seconds * rateHz) }, (_, index) =>
    Math.round(
      parts.reduce(
        (sum, { hz, amplitude }) => sum + 32_767 * amplitude * Math.sin((2 * Math.PI * hz * index) / rateHz),
        0,
      ),
    ),
  )
}

const MARKS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
/** The ends of the meter, in dB of full scale: a quiet room, and speech close to the microphone. */
const SILENT_DB = -55
const LOUD_DB = -15

/** A level in one character; a dot while nobody listens. */
export function meterMark(db: number | null): string {
  if (db === null) return '·'
  const share = (db - SILENT_DB) / (LOUD_DB - SILENT_DB)
  return MARKS[Math.round(Math.max(0, Math.min(1, share)) * (MARKS.length - 1))] ?? ' '
}

/** A program that records and plays raw PCM16 mono, little-endian, on standard output and input. */
export interface SoundProgram {
  readonly name: string
  /** What to install for it. */
  readonly install: string
  readonly capture: (rateHz: number) => readonly string[]
  readonly play: (rateHz: number) => readonly string[]
}

/** Sound that a sound server buffers, in ms: less causes clicks, more delays the conversation. */
const CAPTURE_LATENCY_MS = 20
const PLAY_LATENCY_MS = 60

const PULSE: SoundProgram = {
  name: 'PulseAudio or PipeWire',
  install: 'pulseaudio-utils (parec, pacat)',
  capture: (rateHz) => ['parec', ...pulse(rateHz), `--latency-msec=${CAPTURE_LATENCY_MS}`],
  play: (rateHz) => ['pacat', '--playback', ...pulse(rateHz), `--latency-msec=${PLAY_LATENCY_MS}`],
}

const ALSA: SoundProgram = {
  name: 'ALSA',
  install: 'alsa-utils (arecord, aplay)',
  capture: (rateHz) => ['arecord', ...alsa(rateHz), `--period-time=${CAPTURE_LATENCY_MS * 1_000}`],
  play: (rateHz) => ['aplay', ...alsa(rateHz), `--buffer-time=${PLAY_LATENCY_MS * 2_000}`],
}

const SOX: SoundProgram = {
  name: 'sox',
  install: 'sox',
  capture: (rateHz) => ['sox', '-q', '--buffer', '1024', '-d', ...sox(rateHz), '-'],
  play: (rateHz) => ['sox', '-q', '--buffer', '1024', ...sox(rateHz), '-', '-d'],
}

/** The programs for a system, best first; none if the page has to be used. */
export function soundPrograms(platform: NodeJS.Platform): readonly SoundProgram[] {
  if (platform === 'linux') return [PULSE, ALSA, SOX]
  return platform === 'darwin' ? [SOX] : []
}

function pulse(rateHz: number): readonly string[] {
  return ['--raw', '--format=s16le', `--rate=${rateHz}`, '--channels=1', '--client-name=runner']
}

function alsa(rateHz: number): readonly string[] {
  return ['-q', '-t', 'raw', '-f', 'S16_LE', '-c', '1', '-r', String(rateHz)]
}

function sox(rateHz: number): readonly string[] {
  return ['-t', 'raw', '-e', 'signed-integer', '-b', '16', '-L', '-c', '1', '-r', String(rateHz)]
}

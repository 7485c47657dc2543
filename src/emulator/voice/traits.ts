/** How words should sound. */
export interface VoiceSettings {
  readonly voice: string
  readonly speed: number
  readonly rateHz: number
}

/** A number from 0 to 1, always the same for a voice: its pitch. */
export function pitchOf(voice: string): number {
  let hash = 2_166_136_261
  for (const letter of voice) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16_777_619) >>> 0
  return hash / 0xffff_ffff
}

/** Whether a voice is high: by its name if known, else by a hash of it. */
export function isHighVoice(voice: string): boolean {
  if (HIGH_VOICES.includes(voice)) return true
  return !LOW_VOICES.includes(voice) && pitchOf(voice) > 0.5
}

const HIGH_VOICES = ['Sarah', 'Ashley', 'Luna', 'Wendy', 'Olivia', 'Priya', 'Deborah']
const LOW_VOICES = ['Dennis', 'Clive', 'Hades', 'Edward', 'Timothy', 'Ronald', 'Alex', 'Craig', 'Mark']
